"""Jobs: the queue, its tasks and their schedule."""
