"""Ways out: drafts, approval, the outbox and what became of it."""
