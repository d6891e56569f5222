"""Since when a name means a server, and which decisions about that name mean it: those that were made since."""

SLACK_SECONDS = 5
"""The two servers may run on two computers, whose clocks agree about as far: what was just added can be allowed."""


def is_meant(named_at: int, decided_at: int) -> bool:
    """Whether whoever decided about a server's name at `decided_at` can have meant the one named so at `named_at`.

    Both are seconds since 1970.
    """
    return named_at <= decided_at + SLACK_SECONDS
