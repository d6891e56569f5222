"""Benches of memory: what is asked, of what, and how answers are scored; everything goes through the tools."""
