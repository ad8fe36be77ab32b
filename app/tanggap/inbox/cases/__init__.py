"""Conversations as cases: state, label, tags, sleep, wishes."""
