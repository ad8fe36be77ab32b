"""The pages on which labels are given and models compared."""
