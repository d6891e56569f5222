"""Calls of other servers' tools, answered without the SDK's server: every check is the gate's or the gateway's own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

import structlog
from mcp import MCPError
from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS
from mcp_types import INTERNAL_ERROR, METHOD_NOT_FOUND, SERVER_INFO_META_KEY
from mcp_types.methods import serialize_server_result
from mcp_types.version import LATEST_MODERN_VERSION
from pydantic import ValidationError
from starlette.types import Receive

from resource_server.authorization.open_call import OpenCall
from resource_server.context.caller import Caller
from resource_server.gateway.conversation import Front, Params
from resource_server.gateway.naming import full_name
from resource_server.transport.all_tools import AllTools
from resource_server.transport.callers import KEY
from resource_server.transport.exchange import Exchange
from resource_server.transport.fronts import is_wanted
from resource_server.transport.quick_answer import QuickAnswer
from resource_server.transport.quick_call import QuickCall, quick_call
from shared.accidents import note_accident
from shared.reminders import Reminders

WATCHED_AFTER_SECONDS = 0.05
"""Nobody gives up a call sooner, and most are answered by then."""
COMPLETE = {"resultType": "complete"}
PLAIN = frozenset({"resultType", "content", "structuredContent", "isError", "_meta"})
TEXT = frozenset({"type", "text"})
SERVER_INFO = {"name": "ostiary", "title": "Ostiary", "version": version("ostiary")}

log = structlog.get_logger(__name__)


class QuickWay:
    """One of the ways a request is served."""

    def __init__(self, tools: AllTools) -> None:
        self._tools = tools
        self._moments = Reminders(WATCHED_AFTER_SECONDS)

    def answering(self, exchange: Exchange) -> Callable[[OpenCall], Awaitable[None]] | None:
        """What answers, if this is a request for it; None leaves it to the SDK."""
        call, caller = quick_call(exchange), exchange.scope[KEY]
        if call is None or (self._tools.is_own(call.tool) and not caller.server):
            return None
        return partial(self._serve, exchange, call, caller)

    async def _serve(self, exchange: Exchange, call: QuickCall, caller: Caller, under_way: OpenCall) -> None:
        answer = QuickAnswer(exchange)
        with _Watched(self._moments, exchange.receive, answer.begin, under_way.leave):
            try:
                status, outcome = await self._outcome(call, caller, answer)
                await answer.finish(status, {"jsonrpc": "2.0", "id": call.id, **outcome})
            finally:
                answer.end()

    async def _outcome(self, call: QuickCall, caller: Caller, answer: QuickAnswer) -> tuple[int, dict[str, Any]]:
        """The HTTP status, and the result or error of JSON-RPC."""
        params = {**call.params, "name": full_name(caller.server, call.tool)} if caller.server else call.params
        try:
            result = await self._tools.pass_on(params, caller, _front(call, answer), call.headers)
            return 200, {"result": _stamped(_of_the_protocol(result))}
        except MCPError as error:
            return ERROR_CODE_HTTP_STATUS.get(error.code, 200), {"error": _told(error)}
        except Exception as error:
            reference = note_accident(log, "request_failed", error, method="tools/call")
            said = f"Something went wrong here. Reference: {reference}."
            return 200, {"error": {"code": INTERNAL_ERROR, "message": said}}


def _front(call: QuickCall, answer: QuickAnswer) -> Front:
    """An app of this revision comes back with what is asked."""

    async def ask(_method: str, _params: Params) -> dict[str, Any]:
        raise MCPError(METHOD_NOT_FOUND, "The app cannot be asked anything here.")

    async def report(progress: float, total: float | None, message: str | None) -> None:
        told = {"progressToken": call.progress_token, "progress": progress, "total": total, "message": message}
        await answer.notify("notifications/progress", {name: one for name, one in told.items() if one is not None})

    async def notify(method: str, params: Params) -> None:
        if is_wanted(method, params, LATEST_MODERN_VERSION, call.params.get("_meta")):
            await answer.notify(method, params)

    progress = report if call.progress_token is not None else None
    return Front(call.capabilities, notify, ask, progress, comes_back=True)


def _of_the_protocol(result: dict[str, Any]) -> dict[str, Any]:
    """Without what is none of the protocol's; that it is complete, older servers do not say. Raises MCPError."""
    if _is_plain(result):
        return COMPLETE | result
    try:
        return serialize_server_result("tools/call", LATEST_MODERN_VERSION, COMPLETE | result)
    except ValidationError as cause:
        raise MCPError(INTERNAL_ERROR, "The server's answer is not one of the protocol.") from cause


def _is_plain(result: dict[str, Any]) -> bool:
    """Whether it is what most results are: nothing but text, which the protocol's rules leave as it is."""
    content = result.get("content")
    return (
        result.keys() <= PLAIN
        and result.get("resultType", "complete") == "complete"
        and isinstance(result.get("isError", False), bool)
        and isinstance(result.get("structuredContent", {}), dict)
        and isinstance(result.get("_meta", {}), dict)
        and isinstance(content, list)
        and all(isinstance(one, dict) and one.keys() == TEXT and _is_text(one) for one in content)
    )


def _is_text(block: dict[str, Any]) -> bool:
    return block["type"] == "text" and isinstance(block["text"], str)


def _stamped(result: dict[str, Any]) -> dict[str, Any]:
    """MCP 2026-07-28, `_meta`: who answered; the server's own word stands."""
    meta = result.get("_meta")
    if meta is None or (isinstance(meta, dict) and meta.get(SERVER_INFO_META_KEY) is None):
        return {**result, "_meta": {**(meta or {}), SERVER_INFO_META_KEY: SERVER_INFO}}
    return result


def _told(error: MCPError) -> Mapping[str, Any]:
    told = {"code": error.error.code, "message": error.error.message}
    return told if error.error.data is None else told | {"data": error.error.data}


class _Watched:
    """`lasts` is told when what is inside takes more than a moment; `gone` when the app closes its connection then."""

    def __init__(
        self, moments: Reminders, receive: Receive, lasts: Callable[[], None], gone: Callable[[], None]
    ) -> None:
        self._moments = moments
        self._receive = receive
        self._lasts = lasts
        self._gone = gone
        self._watch: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._number = self._moments.add(self._begin)

    def __exit__(self, *_error: object) -> None:
        self._moments.discard(self._number)
        if self._watch is not None:
            self._watch.cancel()

    def _begin(self) -> None:
        self._lasts()
        self._watch = asyncio.create_task(self._wait_for_end())

    async def _wait_for_end(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone()
