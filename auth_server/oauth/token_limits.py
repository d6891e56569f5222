"""OAuth 2.1 §7.7, RFC 6585 §4: how often the token endpoint is asked, with the egress that many people share in mind.

Hosted apps ask for thousands of people from a few addresses, so no address is limited for what succeeds: a client is.
Failures count for the client at its network, and those of clients that do not exist for the network. Whoever exceeds
that is turned away for some seconds before anything is looked up, and before a line is written.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from auth_server.oauth.client_authentication import claimed_client_id
from auth_server.oauth.requests import WireRequest
from shared import own_pages
from shared.clock import now
from shared.networks import network_of
from shared.secrets import digest

FAILURES_OF_CLIENT, FAILURES_OF_STRANGERS = RateLimitItemPerMinute(300), RateLimitItemPerMinute(600)
TURNED_AWAY = timedelta(seconds=10)
MOST_TURNED_AWAY = 10_000
UNKNOWN_CLIENT = 401
INVALID_GRANT = "invalid_grant"
ORDINARY = frozenset({"authorization_pending"})
"""What a device hears that does everything right; one that does not wait makes us write again and again."""


class TokenLimits:
    """Failures are counted together with other processes; what succeeds protects this one, and is counted here."""

    def __init__(self, limiter: MovingWindowRateLimiter, requests_per_minute: int) -> None:
        self._limiter = limiter
        self._requests = FixedWindowRateLimiter(MemoryStorage())
        self._of_client = RateLimitItemPerMinute(requests_per_minute)
        self._turned_away: OrderedDict[str, datetime] = OrderedDict()

    def seconds_to_wait(self, request: WireRequest) -> int:
        """0 admits the request, and counts it for the client it names."""
        client, network = _client(request), network_of(request.peer)
        if self._is_turned_away(f"{network} {client}") or self._is_turned_away(network):
            return int(TURNED_AWAY.total_seconds())
        return 0 if not client or self._requests.hit(self._of_client, "tokens of", client) else 60

    def failed(self, request: WireRequest, status: int, error: str) -> None:
        """Counts a refusal. Asks Redis if there is one, so not on the event loop.

        Anybody may come to our own pages with a code that is none. The pages, which have proved who they are when their
        grant is refused, see to it themselves how often: they are not turned away for all others.
        """
        if error in ORDINARY or (error == INVALID_GRANT and claimed_client_id(request) == own_pages.CLIENT_ID):
            return
        client, network = _client(request), network_of(request.peer)
        if not self._limiter.hit(FAILURES_OF_CLIENT, "token failures of", network, client or "nobody"):
            self._turn_away(f"{network} {client}")
        is_stranger = status == UNKNOWN_CLIENT or not client
        if is_stranger and not self._limiter.hit(FAILURES_OF_STRANGERS, "token failures from", network):
            self._turn_away(network)

    def _is_turned_away(self, whom: str) -> bool:
        until = self._turned_away.get(whom)
        return until is not None and now() < until

    def _turn_away(self, whom: str) -> None:
        self._turned_away[whom] = now() + TURNED_AWAY
        self._turned_away.move_to_end(whom)
        while len(self._turned_away) > MOST_TURNED_AWAY:
            self._turned_away.popitem(last=False)


def _client(request: WireRequest) -> str:
    """Of a length of ours, whatever was sent; empty for nobody."""
    named = claimed_client_id(request)
    return digest(named)[:32] if named is not None else ""
