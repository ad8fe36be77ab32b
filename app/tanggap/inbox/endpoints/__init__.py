"""Webhooks out: who hears of what, and its delivery."""
