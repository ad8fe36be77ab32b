"""After a case: ratings, praise, permission to show it."""
