"""The ostiary command, started as people start it."""
