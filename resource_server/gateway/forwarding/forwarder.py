"""Asks a modern server: one POST, whose answer is the result, or a stream of news that ends with it.

Giving up the question closes its connection, which is how the server learns of it (MCP 2026-07-28, streamable HTTP).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
from mcp import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_REQUEST, UNSUPPORTED_PROTOCOL_VERSION
from mcp_types.version import LATEST_MODERN_VERSION, MODERN_PROTOCOL_VERSIONS

from resource_server.gateway.arrivals import MESSAGES_PER_SECOND
from resource_server.gateway.conversation import LIST_CHANGED, Front, Params
from resource_server.gateway.explanation import explained, too_large
from resource_server.gateway.failures import HeldBackError, LostError, NotModernError, UnreachableError, UnsentError
from resource_server.gateway.fate import TooMuchError
from resource_server.gateway.flow import Flow
from resource_server.gateway.forwarding.connections import ConnectFailedError, Connections
from resource_server.gateway.forwarding.events import messages
from resource_server.gateway.forwarding.http_connection import ConnectionLostError, HttpConnection
from resource_server.gateway.forwarding.question import Question, question
from resource_server.gateway.forwarding.reply import NO_MESSAGE, error_of, message_of, result_of
from resource_server.gateway.http_clients import RefusedAddressError
from resource_server.gateway.oauth.access import Access
from resource_server.gateway.oauth.errors import NotAnsweringError
from resource_server.gateway.upstream import Transport, Upstream
from resource_server.recent import Recent

JSON, EVENTS = "application/json", "text/event-stream"
FORWARDED = "tools/call"
MOST_VERSIONS = 10_000
PROGRESS = "notifications/progress"
SAME_AGAIN = (307, 308)
REFUSALS = (401, 403)
MOST_HOPS = 5
NO_SESSION = (400, 404)
OLDER = (INVALID_REQUEST, UNSUPPORTED_PROTOCOL_VERSION)
"""What servers of earlier revisions say to a request of no session, or of a revision that they do not know."""
TOLD = (ConnectFailedError, RefusedAddressError, TooMuchError, TimeoutError, ConnectionLostError)
Refused = Callable[[int, str], Awaitable[bool]]
"""Takes status and challenge of a refusal, and says whether to send the question once more."""


@dataclass(slots=True)
class Request:
    """What is asked of whom."""

    upstream: Upstream
    method: str
    params: Params
    seconds: float
    front: Front | None


class Forwarder:
    """Of one process. `list_changed` is told the id of a server that says so on the way."""

    def __init__(self, connections: Connections, access: Access, list_changed: Callable[[str], None]) -> None:
        self._connections = connections
        self._access = access
        self._list_changed = list_changed
        self._versions: Recent[tuple[str, str], str] = Recent(MOST_VERSIONS)

    def learn(self, upstream: Upstream, version: str) -> None:
        """A server, as it is now, speaks this revision."""
        if version in MODERN_PROTOCOL_VERSIONS and upstream.transport is Transport.HTTP:
            self._versions.put((upstream.id, upstream.revision), version)

    def knows(self, upstream: Upstream) -> bool:
        """Whether the server takes calls without a conversation."""
        return self._versions.get((upstream.id, upstream.revision)) is not None

    def forget(self, upstream: Upstream) -> None:
        """It turned out to speak an earlier revision, though nobody changed it here."""
        self._versions.pop((upstream.id, upstream.revision))

    def takes(self, upstream: Upstream, method: str) -> bool:
        """Whether a request is one for here."""
        return method == FORWARDED and self.knows(upstream)

    async def ask(self, request: Request, user_id: str) -> dict[str, Any]:
        """The result. Raises MCPError as the server does, UnreachableError and CredentialWantedError.

        NotModernError where it refuses as a server of an earlier revision does, and is to be asked in a conversation.
        """
        upstream = request.upstream
        version = self._versions.get((upstream.id, upstream.revision)) or LATEST_MODERN_VERSION
        try:
            for is_repeated in (False, True):
                sent = await self._access.headers_for(upstream, user_id)
                asked = question(version, request.method, request.params, request.front, sent)
                refused = partial(self._access.refused, upstream, user_id, sent, is_repeated=is_repeated)
                result = await self._answered(request, asked, refused)
                if result is not None:
                    return result
        except NotAnsweringError as error:
            raise HeldBackError(f"{upstream.name} cannot be used now: {error}") from error
        except TOLD as error:
            raise self._told(upstream, error) from error
        raise UnreachableError(f"{upstream.name} refuses what it gets again and again.")

    def close(self) -> None:
        """Ends every connection that is idle."""
        self._connections.close()

    async def _answered(self, request: Request, asked: Question, refused: Refused) -> dict[str, Any] | None:
        """The result, following the server within its origin; None where the question is to be sent once more.

        What is not read to its end is closed.
        """
        place = self._connections.judged(request.upstream.url)
        for _ in range(MOST_HOPS):
            answer = await self._connections.post(place, asked.body, asked.headers, request.seconds)
            here = place
            try:
                if answer.status in REFUSALS and await refused(answer.status, _challenge(answer)):
                    return None
                if answer.status not in SAME_AGAIN:
                    return await self._result(request, answer, asked)
                place = self._connections.beside(here, answer.headers.get("location", ""))
            finally:
                self._connections.release(here, answer)
            if place.origin != here.origin:
                raise RefusedAddressError("it sends whoever asks to another address")
        raise UnreachableError(f"{request.upstream.name} sends whoever asks on and on.")

    async def _result(self, request: Request, answer: HttpConnection, asked: Question) -> dict[str, Any]:
        if answer.status >= 400:
            raise await _refusal(request.upstream, answer, self._connections.limits.most_bytes)
        kind = answer.headers.get("content-type", "").lower()
        if kind.startswith(JSON):
            return result_of(message_of(await _body(answer, self._connections.limits.most_bytes)), asked.id)
        if kind.startswith(EVENTS):
            with anyio.fail_after(request.seconds):  # a server that goes on and on with news answers too late as well
                return await self._streamed(request, answer, asked)
        raise MCPError(INTERNAL_ERROR, NO_MESSAGE)

    async def _streamed(self, request: Request, answer: HttpConnection, asked: Question) -> dict[str, Any]:
        flow = Flow(MESSAGES_PER_SECOND)
        async for data in messages(answer.body(), self._connections.limits.most_bytes):
            await flow.take(1)
            message = message_of(data)
            if "method" not in message:
                return result_of(message, asked.id)
            if "id" not in message:
                await self._heard(request, message, asked)
        raise LostError(f"{request.upstream.name} ended the connection.")

    async def _heard(self, request: Request, message: Mapping[str, Any], asked: Question) -> None:
        method, params, front = message["method"], message.get("params") or {}, request.front
        if not isinstance(method, str) or not isinstance(params, dict):
            return
        if method.endswith(LIST_CHANGED):
            self._list_changed(request.upstream.id)
        elif method == PROGRESS:
            if front is not None and front.progress is not None and params.get("progressToken") == asked.id:
                await front.progress(params.get("progress", 0), params.get("total"), params.get("message"))
        elif front is not None:
            await front.notify(method, params)

    def _told(self, upstream: Upstream, error: Exception) -> Exception:
        """What the library raised, as a sentence for people."""
        if isinstance(error, (ConnectFailedError, RefusedAddressError)):
            return UnsentError(explained(upstream, error))
        if isinstance(error, TooMuchError):
            return too_large(upstream, self._connections.limits)
        if isinstance(error, ConnectionLostError):
            return LostError(f"{upstream.name} ended the connection.")
        return UnreachableError(f"{upstream.name} did not answer in time.")


async def _refusal(upstream: Upstream, answer: HttpConnection, most: int) -> Exception:
    """The server's own error, which it may give with a status that is one, too; else what the status says."""
    said = explained(upstream, MCPError(INTERNAL_ERROR, ""), answer.status)
    if answer.headers.get("content-type", "").lower().startswith(JSON):
        try:
            error = error_of(message_of(await _body(answer, most)))
        except MCPError:
            error = None
        if error is not None and not (answer.status in NO_SESSION and error.error.code in OLDER):
            return error
    return NotModernError(said) if answer.status in NO_SESSION else UnreachableError(said)


def _challenge(answer: HttpConnection) -> str:
    return answer.headers.get("www-authenticate", "")


async def _body(answer: HttpConnection, most: int) -> bytes:
    """All of it. Raises TooMuchError; packed, which nobody asked for, it is too much as well."""
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise TooMuchError
    announced = answer.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced[:20]) > most:
        raise TooMuchError
    if (whole := answer.whole()) is not None:
        if len(whole) > most:
            raise TooMuchError
        return whole
    pieces, size = [], 0
    async for piece in answer.body():
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise TooMuchError
    return b"".join(pieces)
