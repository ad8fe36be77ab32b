"""The pages of people, teams and shifts, and one's own."""
