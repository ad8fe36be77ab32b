"""Posts as they are stored: threads, authors, changes, joins."""
