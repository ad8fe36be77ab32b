"""The clocks of service levels and the calendars that they run by."""
