"""Accounts on platforms: connecting them, their keys, their state."""
