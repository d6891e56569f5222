"""Whole documents: read as text, cut into chunks that are memories, and put together again."""
