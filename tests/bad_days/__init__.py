"""Days on which something is wrong: input nobody meant, clocks, storage, keys and mail servers that fail."""
