"""Label, rules and assignment of what arrived."""
