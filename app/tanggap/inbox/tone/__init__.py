"""How the company speaks on each platform."""
