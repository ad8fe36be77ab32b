"""The pages of tone and of answer templates."""
