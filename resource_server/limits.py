"""How many requests are answered: by credential, by person, and by address for who proves nothing (RFC 6585 §4)."""

import math
import time
from collections.abc import Callable
from functools import lru_cache

import anyio
from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import MovingWindowRateLimiter

from resource_server.context.caller import Caller
from resource_server.settings import Settings
from shared.clock import epoch, now
from shared.limits_storage import open_limits_storage
from shared.moving_windows import MovingWindows
from shared.networks import network_of

PERSONS_SHARE = 5
"""All credentials of a person together are good for as many requests as five of them."""

GUESSES_SHARE = 10
"""Of the refusals an address may cause, a tenth may be keys that are none: each could be a guess."""

MOST_NETWORKS = 1_000
"""Networks of strangers that are counted within a minute: what is counted takes memory, and time to forget."""

CROWD = "all others"
"""Their guesses are counted together; asking without a credential costs too little to hold up all for the few."""


def open_limits(settings: Settings) -> "RequestLimits":
    """The limits of this process, or of all that share a Redis."""
    return RequestLimits(open_limits_storage(settings.redis_url, f"ostiary {settings.mcp_url}"), settings)


@lru_cache(maxsize=10_000)
def _key(item: RateLimitItem, who: str) -> str:
    return item.key_for(who)


class RequestLimits:
    """Counts every request, those that are refused too; lives on the event loop.

    An address is shared by many, such as all people of a hosted app: what good credentials do is not counted for it.
    """

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self._limiter = MovingWindowRateLimiter(storage)
        self._windows = storage if isinstance(storage, MovingWindows) else None
        self._is_local = self._windows is not None
        window, requests = settings.rate_limit_window, settings.rate_limit_requests
        self._credential = RateLimitItemPerSecond(requests, window, "CREDENTIAL")
        self._person = RateLimitItemPerSecond(requests * PERSONS_SHARE, window, "PERSON")
        self._strangers = RateLimitItemPerMinute(settings.refused_per_minute, 1, "STRANGERS")
        self._guesses = RateLimitItemPerMinute(max(1, settings.refused_per_minute // GUESSES_SHARE), 1, "GUESSES")
        self._networks: set[str] = set()
        self._minute = 0

    async def count(self, caller: Caller) -> int:
        """One request of a caller: 0 admits it, otherwise the seconds to wait."""
        counted = (self._credential, caller.grant_id), (self._person, caller.user_id)
        return max([self._count(*one) for one in counted]) if self._is_local else await self._hit(*counted)

    async def count_stranger(self, address: str, *, is_guess: bool) -> int:
        """One request without a good credential; `is_guess` when it named a key: the seconds to wait for another."""
        network = self._network(address)
        counted = [(self._strangers, network)] if network is not CROWD else []
        return await self._hit(*counted, *([(self._guesses, network)] if is_guess else []))

    async def wait_to_guess(self, address: str) -> int:
        """How long no unknown key is looked at for this address, lest a guess succeed among too many; 0 if one is."""
        return await self._ask(self._wait, self._guesses, self._network(address))

    def _network(self, address: str) -> str:
        """What is counted for an address: its network, or beyond as many as are counted the crowd, as one."""
        minute, network = epoch(now()) // 60, network_of(address)
        if minute != self._minute:
            self._minute = minute
            self._networks.clear()
        if len(self._networks) < MOST_NETWORKS:
            self._networks.add(network)
        return network if network in self._networks else CROWD

    async def _hit(self, *counted: tuple[RateLimitItem, str]) -> int:
        return max([await self._ask(self._count, item, who) for item, who in counted], default=0)

    async def _ask(self, question: Callable[[RateLimitItem, str], int], item: RateLimitItem, who: str) -> int:
        """A storage elsewhere is asked in a thread: the event loop waits for nobody."""
        return question(item, who) if self._is_local else await anyio.to_thread.run_sync(question, item, who)

    def _count(self, item: RateLimitItem, who: str) -> int:
        if self._windows is not None:
            is_admitted = self._windows.admits(_key(item, who), item.amount, item.get_expiry())
        else:
            is_admitted = self._limiter.hit(item, who)
        return 0 if is_admitted else self._left(item, who)

    def _wait(self, item: RateLimitItem, who: str) -> int:
        return 0 if self._limiter.test(item, who) else self._left(item, who)

    def _left(self, item: RateLimitItem, who: str) -> int:
        return max(1, math.ceil(self._limiter.get_window_stats(item, who).reset_time - time.time()))
