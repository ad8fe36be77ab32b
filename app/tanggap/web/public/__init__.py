"""Pages for customers, behind single-use links."""
