"""The first start, the company, health, and what could not be processed."""
