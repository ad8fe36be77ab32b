"""Who works here: accounts, roles, teams, shifts, signing in."""
