"""The pages of service levels and calendars."""
