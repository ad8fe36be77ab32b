"""Use cases: what the inbox does with posts, conversations and replies."""
