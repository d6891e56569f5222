"""RFC 8628 §5.1: how many user codes an account, and a network, may try: far too few to meet one by guessing."""

from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from shared.networks import network_of

WINDOW_MINUTES = 15
PER_ACCOUNT = RateLimitItemPerMinute(20, WINDOW_MINUTES)
PER_NETWORK = RateLimitItemPerMinute(200, WINDOW_MINUTES)
"""Many people may share a network; everybody has an account of their own."""


class TooManyCodesError(Exception):
    """Somebody tries one code after the other; they have to wait `seconds`."""

    seconds = WINDOW_MINUTES * 60


def admit_user_code(limiter: MovingWindowRateLimiter, user_id: str, address: str) -> None:
    """Counts one code that is typed, right or wrong, before it is looked at. Raises TooManyCodesError."""
    by_account = limiter.hit(PER_ACCOUNT, "user codes of", user_id)
    if not by_account or not limiter.hit(PER_NETWORK, "user codes from", network_of(address)):
        raise TooManyCodesError
