"""Signing in and out, a second step, the company's provider, invitations."""
