"""The pages of what is owed after the answer, and of praise."""
