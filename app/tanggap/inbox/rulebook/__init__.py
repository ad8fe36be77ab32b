"""The rules in force: edited, tried, run on stored facts."""
