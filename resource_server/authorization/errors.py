"""Why a request is not let in, each with what the client may read about it (RFC 6750 §3)."""

from shared.refusals import Reason


class MissingCredentialsError(Exception):
    """No credential of a kind this server knows was sent; the challenge then carries no error (RFC 6750 §3.1)."""


class InvalidTokenError(Exception):
    """The token is malformed, expired, revoked, or meant for somebody else; the text is for the client."""

    def __init__(self, reason: Reason, description: str) -> None:
        super().__init__(description)
        self.reason = reason


class UnavailableError(Exception):
    """Whether the token is good cannot be known now: 503, never 401, so that clients keep their tokens."""
