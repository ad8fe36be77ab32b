"""Lists of cases: filters, saved views, pages, several at once."""
