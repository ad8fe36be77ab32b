"""The mailbox: set up, read, written, and its share in a case."""
