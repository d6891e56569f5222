"""RFC 8628 §5, RFC 6585 §4: how many codes devices of one network are given; each is a row."""

from authlib.oauth2.rfc6749 import OAuth2Error
from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from auth_server.oauth.requests import WireRequest
from shared.networks import network_of
from shared.refusals import Reason

PER_NETWORK, OF_ALL = RateLimitItemPerMinute(60), RateLimitItemPerMinute(1200)


class TooManyDevicesError(OAuth2Error):
    """A device that asks anew without an end, or somebody who collects codes."""

    error = "temporarily_unavailable"
    description = "Too many device authorizations. Wait a minute, and poll the code you have."
    status_code = 429
    reason = Reason.TOO_MANY_REQUESTS

    def get_headers(self) -> list[tuple[str, str]]:
        """When to come back."""
        return [("Retry-After", "60")]


def count_device_authorization(limiter: MovingWindowRateLimiter, request: WireRequest) -> None:
    """One request. Raises TooManyDevicesError."""
    by_network = limiter.hit(PER_NETWORK, "devices from", network_of(request.peer))
    if not by_network or not limiter.hit(OF_ALL, "devices"):
        raise TooManyDevicesError
