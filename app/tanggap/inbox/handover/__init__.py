"""From public to private and back, and off the platform by telephone."""
