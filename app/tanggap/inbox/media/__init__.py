"""Pictures: fetched, checked, made small."""
