"""How often people come back from a sign-in: each time the authorization server is asked, whoever it is (RFC 6585)."""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from resource_server.web.problems import PageProblem
from shared.networks import network_of

OF_NETWORK = RateLimitItemPerMinute(300)


class SignInLimits:
    """By network, in one process."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def count(self, address: str) -> None:
        """One of this address. Raises PageProblem 429."""
        if not self._limiter.hit(OF_NETWORK, "sign-ins from", network_of(address)):
            raise PageProblem(
                "Too many sign-ins",
                "From your network many people signed in within a minute, or one tried to again and again.",
                "Try again in a minute.",
                429,
                "too_many_sign_ins",
            )
