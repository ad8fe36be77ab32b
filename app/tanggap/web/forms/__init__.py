"""The pages on which forms are built."""
