"""Our signed session ids on one side, the SDK's sessions in memory on the other (MCP, session management)."""

from dataclasses import replace
from weakref import WeakValueDictionary

import anyio
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import INVALID_REQUEST
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import Message, Send

from resource_server.authorization.challenges import RETRY_AFTER, UNAVAILABLE, json_rpc_error
from resource_server.context.caller import Caller
from resource_server.pace import Pace
from resource_server.sessions import SessionFacts, Sessions
from resource_server.transport.accept import Reads
from resource_server.transport.callers import in_session
from resource_server.transport.capabilities import pack, unpack
from resource_server.transport.exchange import SESSION_HEADER, Exchange
from resource_server.transport.folding import Folded
from resource_server.transport.greeting import dismiss, greet
from resource_server.transport.held import HeldAnswer
from resource_server.transport.in_flight import DuplicateIdError, InFlight
from resource_server.transport.inner_sessions import InnerSessions

OPENINGS_A_MINUTE = 300


class SessionBridge:
    """Opens, serves, revives and ends sessions.

    A request may be cut short wherever it waits, by the end of its grant. So that nobody can fill the SDK with
    sessions that are counted nowhere, each is either held or dismissed before the request is over, and a person gets
    them one at a time.
    """

    def __init__(
        self, manager: StreamableHTTPSessionManager, sessions: Sessions, openings_a_minute: int = OPENINGS_A_MINUTE
    ) -> None:
        self._app = manager.handle_request
        self._sessions = sessions
        self._inner = InnerSessions(self._app, sessions)
        self._in_flight = InFlight()
        self._pace = Pace(openings_a_minute)
        self._turns: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    async def follow(self) -> None:
        """Until it is cancelled: ends here what ends elsewhere."""
        await self._inner.follow()

    async def open(self, exchange: Exchange, owner: Caller) -> None:
        """Answers `initialize`; a session is offered with a result, and where the person may hold one more.

        Who asks for several a second goes on without: each leaves a tombstone that is kept for an hour.
        """
        answer, signed_id = HeldAnswer(), None
        async with self._turn(owner):
            try:
                await exchange.run(self._app, send=answer)
                if answer.session is not None and answer.has_result and self._pace.admits(owner.user_id):
                    signed_id = await self._register(exchange, owner, answer.session)
            finally:
                if answer.session is not None and signed_id is None:
                    await dismiss(exchange.scope, self._app, answer.session)
        answer.offer(signed_id)
        await answer.release(_answer_channel(exchange))

    async def serve(self, exchange: Exchange, owner: Caller, signed_id: str) -> None:
        """A request inside a session; whatever is not a live session of this caller is 404, and no more is said."""
        facts = await anyio.to_thread.run_sync(self._sessions.read, signed_id, owner)
        if facts is None:
            await _not_found(exchange)
        elif exchange.method == "DELETE":
            await self._end(exchange, owner, facts)
        else:
            try:
                session = facts.id, owner.grant_id
                async with self._in_flight.claim(session, exchange.message, exchange.send) as send:
                    scope = in_session(exchange.scope, facts.id)
                    await self._answer(replace(exchange, scope=scope, send=send), owner, facts, signed_id)
            except DuplicateIdError:
                await _duplicate_id(exchange)

    async def _register(self, exchange: Exchange, owner: Caller, inner: str) -> str | None:
        """The new session's id. Those that end for it end here at once, in other processes when they hear of it."""
        params = exchange.message.params if exchange.message else {}
        asked = params.get("protocolVersion")
        version = asked if asked in HANDSHAKE_PROTOCOL_VERSIONS else LATEST_HANDSHAKE_VERSION
        bits = pack(params.get("capabilities") or {})
        opened = await anyio.to_thread.run_sync(self._sessions.open, owner, version, bits)
        if opened is None:
            return None
        await self._inner.hold(opened.facts, owner, inner, exchange.scope)
        await self._inner.end((owner.user_id, ended) for ended in opened.ended)
        return opened.signed_id

    async def _answer(self, exchange: Exchange, owner: Caller, facts: SessionFacts, signed_id: str) -> None:
        """The SDK lets idle sessions go, and ends those it had in another process: then greet again and go on."""
        for _ in range(2):
            if await self._try(exchange, owner, facts, signed_id):
                return
        await _not_found(exchange)

    async def _try(self, exchange: Exchange, owner: Caller, facts: SessionFacts, signed_id: str) -> bool:
        """Runs the request in the SDK's session; False, with nothing sent, when the SDK does not know it."""
        inner = await self._inner_session(exchange, owner, facts)
        if inner is None:
            await _too_many(exchange)
            return True
        answer = _answer_channel(exchange)
        is_unknown = False

        async def send(message: Message) -> None:
            nonlocal is_unknown
            if message["type"] == "http.response.start":
                is_unknown = message["status"] == 404
                _name_session(message, signed_id)
            if not is_unknown:
                await answer(message)

        await exchange.run(self._app, session=inner, send=send)
        if is_unknown:
            self._inner.forget(facts.id, owner, inner)
        return not is_unknown

    async def _inner_session(self, exchange: Exchange, owner: Caller, facts: SessionFacts) -> str | None:
        """The SDK's id of the session for this grant; None when it has no room to open it again."""
        if (inner := self._inner.id_of(facts.id, owner)) is not None:
            return inner
        async with self._turn(owner):
            inner = self._inner.id_of(facts.id, owner)
            if inner is None:
                inner = await greet(exchange.scope, self._app, facts.version, unpack(facts.capabilities))
                if inner is not None:
                    await self._inner.hold(facts, owner, inner, exchange.scope)
            return inner

    def _turn(self, owner: Caller) -> anyio.Lock:
        return self._turns.setdefault(owner.user_id, anyio.Lock())

    async def _end(self, exchange: Exchange, owner: Caller, facts: SessionFacts) -> None:
        await anyio.to_thread.run_sync(self._sessions.end, facts)
        await self._inner.end([(owner.user_id, facts.id)])
        await Response(status_code=204)(exchange.scope, exchange.receive, exchange.send)


def _answer_channel(exchange: Exchange) -> Send:
    is_folded = exchange.method == "POST" and exchange.reads is Reads.JSON
    return Folded(exchange.scope, exchange.receive, exchange.send) if is_folded else exchange.send


def _session_of(start: Message) -> str | None:
    return Headers(raw=start["headers"]).get(SESSION_HEADER)


def _name_session(start: Message, signed_id: str) -> None:
    if _session_of(start) is not None:
        MutableHeaders(scope=start)[SESSION_HEADER] = signed_id


async def _not_found(exchange: Exchange) -> None:
    sentence = "Session not found: it ended or is another app's. Send initialize again, without Mcp-Session-Id."
    await _refuse(exchange, 404, sentence)


async def _duplicate_id(exchange: Exchange) -> None:
    await _refuse(exchange, 400, "A request with this id is not answered yet: give each request of a session its own.")


async def _refuse(exchange: Exchange, status: int, sentence: str) -> None:
    request_id = exchange.message.id if exchange.message else None
    response = json_rpc_error(status, INVALID_REQUEST, sentence, request_id=request_id)
    await response(exchange.scope, exchange.receive, exchange.send)


async def _too_many(exchange: Exchange) -> None:
    headers = {"Retry-After": RETRY_AFTER}
    response = json_rpc_error(
        503,
        UNAVAILABLE,
        "Too many sessions are open at the moment. End some with DELETE, or try again soon.",
        headers=headers,
    )
    await response(exchange.scope, exchange.receive, exchange.send)
