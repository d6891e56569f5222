"""Identifiers that say what they name and sort by the time they were made."""

from ulid import ULID


def new_id(prefix: str) -> str:
    """`prefix_` and 26 lower-case characters: 48 bits of time, then 80 random bits."""
    return f"{prefix}_{str(ULID()).lower()}"
