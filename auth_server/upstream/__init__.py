"""Signing in with other providers: which there are, what they say of a person, and whose account that is."""
