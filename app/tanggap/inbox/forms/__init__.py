"""Forms that customers fill in, and verifying who they are."""
