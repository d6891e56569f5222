"""What clients publish about themselves: documents, keys and logos, read for strangers and kept (CIMD)."""
