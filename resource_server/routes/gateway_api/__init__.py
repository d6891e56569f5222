"""The gateway over plain HTTP: search, call, list, add, remove, and sessions with servers of their own."""
