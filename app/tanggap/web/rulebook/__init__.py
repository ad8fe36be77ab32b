"""The pages of rules and of what they read, in words."""
