"""Practice cases and what coaches find."""
