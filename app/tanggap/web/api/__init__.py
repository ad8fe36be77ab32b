"""The JSON API: the use cases of the inbox for programs, under `/api/v1`."""
