"""A call of a modern server over HTTP, by an app that comes back with what is needed: one question, one answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from resource_server.gateway.caps import Caps
from resource_server.gateway.failures import NotModernError
from resource_server.gateway.forwarding.forwarder import FORWARDED, Forwarder, Request
from resource_server.gateway.front import Front, Params
from resource_server.gateway.health import Watches
from resource_server.gateway.link import Viewer
from resource_server.gateway.repeating import tried_twice
from resource_server.gateway.request_states import CARRIED
from resource_server.gateway.upstream import Upstream


@dataclass(frozen=True)
class Straight:
    """The way without a conversation. `is_older` is told of a server that turns out to speak an earlier revision."""

    forwarder: Forwarder
    caps: Caps
    watches: Watches
    is_older: Callable[[Upstream], None]

    def takes(self, upstream: Upstream, method: str, params: Params, front: Front) -> bool:
        """Whether a request can go this way."""
        return front.comes_back and CARRIED.isdisjoint(params) and self.forwarder.takes(upstream, method)

    async def ask(
        self, upstream: Upstream, viewer: Viewer, params: Params, seconds: float, front: Front, *, is_repeatable: bool
    ) -> dict[str, Any] | None:
        """The result; None where the server is an older one, which did nothing. Raises as Links.request does."""
        heard = replace(front, log_level="") if front.log_level else front
        request = Request(upstream, FORWARDED, params, seconds, heard)
        with self.watches.watched(upstream, viewer.user_id):
            place = upstream.id, viewer.user_id
            if not self.caps.takes(place):
                await self.caps.enter(place, upstream.name)
            try:
                ask = partial(self.forwarder.ask, request, viewer.user_id)
                return await tried_twice(ask, may_repeat=is_repeatable)
            except NotModernError:
                self.is_older(upstream)
            finally:
                self.caps.leave(place)
        return None
