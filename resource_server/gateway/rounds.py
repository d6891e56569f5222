"""A request that may need input on the way, between any app and any server.

| | a server that asks on the way | a server that says what it needs |
|---|---|---|
| an app that can be asked | asked at once | asked for it, then the request is repeated |
| an app that comes back | the call is parked meanwhile | the app comes back with what is needed |
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mcp import MCPError
from mcp_types import INTERNAL_ERROR

from resource_server.gateway.conversation import Front, Params
from resource_server.gateway.links import Links, Viewer
from resource_server.gateway.origins import marked
from resource_server.gateway.parking import ParkedCall, Parking, Question
from resource_server.gateway.request_states import CARRIED, RequestState, RequestStates, binding_of
from resource_server.gateway.upstream import Upstream

INPUT_REQUIRED = "input_required"
MOST_ROUNDS = 10
ASKABLE = frozenset({"elicitation/create", "sampling/createMessage", "roots/list"})
"""What a server may need (MCP 2026-07-28, multi round-trip requests)."""
Binding = Callable[[], str]
"""What a state is bound to; made when one is sealed or opened, for most calls have none."""


@dataclass(frozen=True)
class Rounds:
    """Requests by `links`, with their states and parked calls."""

    links: Links
    parking: Parking
    states: RequestStates

    async def request(
        self,
        upstream: Upstream,
        viewer: Viewer,
        method: str,
        params: Params,
        seconds: float,
        front: Front,
        *,
        is_repeatable: bool = False,
    ) -> dict[str, Any]:
        """The result, or for an app that comes back: what is needed. Raises what Links.request raises."""
        binding = partial(binding_of, viewer.owner, upstream.id, method, params)
        if (straight := self.links.straight).takes(upstream, method, params, front):
            result = await straight.ask(upstream, viewer, params, seconds, front, is_repeatable=is_repeatable)
            if result is not None:
                return self._carried(marked(result, upstream.name), binding)

        async def send(given: Params, front: Front) -> dict[str, Any]:
            ask = partial(self.links.request, is_repeatable=is_repeatable)
            return marked(await ask(upstream, viewer, method, given, seconds, front), upstream.name)

        return await self._in_rounds(upstream, viewer, send, params, front, binding)

    async def _in_rounds(
        self, upstream: Upstream, viewer: Viewer, send: Any, params: Params, front: Front, binding: Binding
    ) -> dict[str, Any]:
        bare = {name: value for name, value in params.items() if name not in CARRIED}
        if not front.comes_back:
            return await self._asked_through(send, bare, front)
        if "requestState" not in params:
            return await self._first(upstream, viewer, send, bare, front, binding)
        state = self.states.opened(params["requestState"], binding())
        if state.parked:
            call = self.parking.answered(state.parked, viewer.owner, params.get("inputResponses") or {}, front)
            return await self._next(call, binding)
        again = bare | {"inputResponses": params.get("inputResponses") or {}}
        again |= {"requestState": state.theirs} if state.theirs is not None else {}
        return self._carried(await send(again, front), binding)

    async def _first(
        self, upstream: Upstream, viewer: Viewer, send: Any, params: Params, front: Front, binding: Binding
    ) -> dict[str, Any]:
        if await self.links.is_modern(upstream, viewer, front):
            return self._carried(await send(params, front), binding)
        call = self.parking.begin(viewer.owner, front, lambda on_the_way: send(params, on_the_way))
        try:
            return await self._next(call, binding)
        except BaseException:
            call.scope.cancel()  # an app that goes away while the server works takes its call with it
            raise

    async def _next(self, call: ParkedCall, binding: Binding) -> dict[str, Any]:
        outcome = await call.outcome()
        if not isinstance(outcome, Question):
            return outcome
        self.parking.park(call)
        asked = {str(outcome.number): {"method": outcome.method, "params": dict(outcome.params)}}
        state = self.states.sealed(RequestState(parked=call.id), binding())
        return {"resultType": INPUT_REQUIRED, "inputRequests": asked, "requestState": state}

    def _carried(self, result: dict[str, Any], binding: Binding) -> dict[str, Any]:
        """The server's own state travels within ours."""
        if result.get("resultType") != INPUT_REQUIRED:
            return result
        state = self.states.sealed(RequestState(theirs=result.get("requestState")), binding())
        return result | {"requestState": state}

    async def _asked_through(self, send: Any, params: Params, front: Front) -> dict[str, Any]:
        result: dict[str, Any] = await send(params, front)
        for _ in range(MOST_ROUNDS):
            if result.get("resultType") != INPUT_REQUIRED:
                return result
            replies = {key: await front.ask(method, params) for key, method, params in _asked(result)}
            state = {"requestState": result["requestState"]} if result.get("requestState") is not None else {}
            result = await send({**params, "inputResponses": replies, **state}, front)
        raise MCPError(INTERNAL_ERROR, "The server asks again and again.")


def _asked(result: Params) -> list[tuple[str, str, Params]]:
    """What a server says it needs: key, method and params of each. Raises MCPError for what no app may be asked."""
    requests = result.get("inputRequests") or {}
    every = list(requests.items()) if isinstance(requests, Mapping) else [("", None)]
    found: list[tuple[str, Any, Any]] = [
        (key, one.get("method"), one.get("params") or {}) for key, one in every if isinstance(one, Mapping)
    ]
    if len(found) < len(every) or not all(_may_ask(method, params) for _, method, params in found):
        raise MCPError(INTERNAL_ERROR, "What the server says it needs is not of the protocol.")
    return found


def _may_ask(method: object, params: object) -> bool:
    return isinstance(method, str) and method in ASKABLE and isinstance(params, Mapping)
