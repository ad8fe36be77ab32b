"""Keeping it running: the periodic work, health, the first start."""
