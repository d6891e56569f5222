"""A person's memory as files that say everything, and back again: docs/reference/memory-export.md."""
