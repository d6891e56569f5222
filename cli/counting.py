"""Numbers as people say them."""


def counted(number: int, noun: str) -> str:
    """`1 connection`, `2 connections`, `no connections`."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
