"""RFC 7592 §5: how often registrations are changed or deleted, by one client and by all of them."""

from authlib.oauth2.rfc6749 import OAuth2Error
from limits import RateLimitItemPerHour
from limits.strategies import MovingWindowRateLimiter

from shared.refusals import Reason

FROM_ALL = 10
"""How many times as many registrations and changes all addresses together may make."""

OF_ONE_CLIENT = 30
"""Changes an hour. Apps that change their registration at all do so when they start."""


class TooManyChangesError(OAuth2Error):
    """RFC 6585 §4: each change is a write and a line in the audit table, which keeps them all."""

    error = "temporarily_unavailable"
    status_code = 429
    reason = Reason.TOO_MANY_REGISTRATIONS

    def get_headers(self) -> list[tuple[str, str]]:
        """When to come back."""
        return [("Retry-After", "600")]


class ChangeLimits:
    """Counted for clients that proved who they are: nobody uses up another one's share."""

    def __init__(self, limiter: MovingWindowRateLimiter, of_all: int) -> None:
        self._limiter = limiter
        self._one, self._all = RateLimitItemPerHour(OF_ONE_CLIENT), RateLimitItemPerHour(of_all)

    def count(self, client_id: str) -> None:
        """One change. Raises TooManyChangesError."""
        if not self._limiter.hit(self._one, "change", client_id) or not self._limiter.hit(self._all, "change"):
            raise TooManyChangesError("This registration was changed too often within an hour. Wait, and keep it.")
