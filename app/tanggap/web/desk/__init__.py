"""The list of cases and the open case: read, answer, decide."""
