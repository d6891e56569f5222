"""The door of /mcp and of single servers. Nothing reaches the SDK that did not pass each check here, in this order."""

from functools import partial

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from resource_server.authorization.authorizer import Authorized
from resource_server.authorization.challenges import UNAUTHORIZED, Challenges, json_rpc_error
from resource_server.authorization.open_calls import OpenCalls
from resource_server.authorization.protected_resources import ProtectedResource, resource_at
from resource_server.authorization.scopes import missing_scope
from resource_server.context.caller import Caller
from resource_server.recent import Recent
from resource_server.settings import Settings
from resource_server.transport.accept import Reads, readable
from resource_server.transport.all_tools import AllTools
from resource_server.transport.bodies import Bodies, BodyTooLargeError, ClientGoneError, SlowBodyError
from resource_server.transport.browsers import Browsers
from resource_server.transport.callers import with_caller
from resource_server.transport.dispatcher import Dispatcher
from resource_server.transport.entrance import Entrance
from resource_server.transport.exchange import Exchange, WatchedSend
from resource_server.transport.heads import Head, learn_head
from resource_server.transport.messages import IncomingMessage, MalformedMessageError, parse_message
from resource_server.transport.mounts import at_server, check_mounted
from resource_server.transport.refused import RefusedError
from resource_server.transport.refused_inside import refused_inside
from shared.refusals import Reason, Step, note_refusal
from shared.request_fields import fields_of
from shared.scopes import Scope as GrantedScope

MOST_RESOURCES = 1_000
SLOW = "The request took too long to arrive."
ENDED = "The token has expired, or the person ended this connection. Use the refresh token, or authorize again."


class Gate:
    """An ASGI application. Cookies are never looked at."""

    def __init__(
        self,
        *,
        settings: Settings,
        browsers: Browsers,
        entrance: Entrance,
        tools: AllTools,
        dispatcher: Dispatcher,
        mounted: Dispatcher,
        open_calls: OpenCalls,
    ) -> None:
        self._settings = settings
        self._browsers = browsers
        self._entrance = entrance
        self._tools = tools
        self._dispatcher = dispatcher
        self._mounted = mounted
        self._open_calls = open_calls
        self._bodies = Bodies(settings.max_body, settings.body_seconds)
        self._resources: Recent[str, ProtectedResource] = Recent(MOST_RESOURCES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Raises HTTPException (404) where no resource is, or none that the caller's grant reaches."""
        if refusal := self._browsers.refusal(scope):
            await refusal(scope, receive, send)
            return
        send = self._browsers.readable_by(scope, send)
        if preflight := self._browsers.preflight(scope):
            await preflight(scope, receive, send)
            return
        try:
            await self._judge(scope, receive, send)
        except RefusedError as refused:
            await _refuse(refused, scope, receive, send)
        except ClientGoneError:
            return

    async def enter(self, head: Head, scope: Scope, receive: Receive, send: Send) -> bool:
        """One request with a head that was let in before; False where its credential is none any more."""
        try:
            authorized = await self._entrance.admit(head.presented, scope, head.resource)
            await self._admit(head, authorized, scope, receive, send)
        except RefusedError as refused:
            await _refuse(refused, scope, receive, send)
            return refused.response.status_code != 401
        except ClientGoneError:
            pass
        return True

    async def _judge(self, scope: Scope, receive: Receive, send: Send) -> None:
        resource = self._resource(scope["path"])
        if resource is None:
            raise HTTPException(404)
        presented = await self._entrance.presented(scope, resource)
        authorized = await self._entrance.admit(presented, scope, resource)
        head = Head(resource, presented, _readable(scope))
        learn_head(scope, head)
        await self._admit(head, authorized, scope, receive, send)

    def _resource(self, path: str) -> ProtectedResource | None:
        known = self._resources.get(path)
        if known is None and (known := resource_at(path, self._settings)) is not None:
            self._resources.put(path, known)
        return known

    async def _admit(self, head: Head, authorized: Authorized, scope: Scope, receive: Receive, send: Send) -> None:
        resource, challenges = head.resource, Challenges(head.resource)
        authorized = at_server(authorized, resource.server) if resource.server else authorized
        message = await self._message(scope, receive) if scope["method"] == "POST" else None
        self._check_scope(message, authorized.caller, challenges)
        if resource.server:
            await check_mounted(self._tools.gateway, authorized.caller)
        answer, entered = WatchedSend(send), with_caller(scope, authorized, self._settings.issuer)
        await self._serve(Exchange(entered, receive, answer, message, head.reads), answer, authorized, challenges)

    async def _message(self, scope: Scope, receive: Receive) -> IncomingMessage:
        try:
            return parse_message(await self._bodies.read(scope, receive))
        except BodyTooLargeError as cause:
            answer = PlainTextResponse(f"The body is too large: at most {self._settings.max_body:,} bytes.", 413)
            raise RefusedError(Reason.BODY_TOO_LARGE, answer) from cause
        except SlowBodyError as cause:
            raise RefusedError(Reason.SLOW_CLIENT, PlainTextResponse(SLOW, 408)) from cause
        except MalformedMessageError as cause:
            raise RefusedError(Reason.MESSAGE_REFUSED, json_rpc_error(400, cause.code, str(cause))) from cause

    def _check_scope(self, message: IncomingMessage | None, caller: Caller, challenges: Challenges) -> None:
        """The body decides, in every revision: a header may disagree with it, and a stream cannot become a 403."""
        required = frozenset({GrantedScope.GATEWAY_CALL}) if caller.server else self._required(message)
        if required and (missing := missing_scope(required, caller)):
            request_id = message.id if message is not None else None
            raise RefusedError(Reason.SCOPE_MISSING, challenges.insufficient_scope(missing, request_id), caller)

    def _required(self, message: IncomingMessage | None) -> frozenset[GrantedScope]:
        tool = message.called_tool if message is not None else None
        return (self._tools.required_scopes(tool) if tool is not None else None) or frozenset()

    async def _serve(
        self, exchange: Exchange, answer: WatchedSend, authorized: Authorized, challenges: Challenges
    ) -> None:
        """Runs the call; if its token or grant ends first, an open stream closes and an unanswered call is told why."""
        if await self._dispatched(exchange, authorized):
            if refused := refused_inside(exchange, answer.status):
                note_refusal(Step.CALL, refused, client_id=authorized.caller.client_id)
            return
        if not answer.has_started:
            raise RefusedError(Reason.GRANT_ENDED, challenges.invalid_token(ENDED), authorized.caller)
        if not answer.has_ended:
            await exchange.send(
                {"type": "http.response.body", "body": _last_words(exchange, answer), "more_body": False}
            )

    async def _dispatched(self, exchange: Exchange, authorized: Authorized) -> bool:
        """False where the call was cut short."""
        caller, expires_at = authorized.caller, authorized.expires_at
        dispatcher = self._mounted if caller.server else self._dispatcher
        if (quick := dispatcher.quick(exchange)) is not None:
            with self._open_calls.one(caller.grant_id, expires_at) as call:
                await quick(call)
            return not call.was_cut
        call_it, is_endless = partial(dispatcher.dispatch, exchange, caller), exchange.method == "GET"
        return await self._open_calls.run(call_it, caller.grant_id, expires_at, is_endless=is_endless)


async def _refuse(refused: RefusedError, scope: Scope, receive: Receive, send: Send) -> None:
    note_refusal(Step.CALL, refused.reason, client_id=refused.client_id)
    await refused.response(scope, receive, send)


def _last_words(exchange: Exchange, answer: WatchedSend) -> bytes:
    """For a stream that was opened to answer a request: a client waits for that answer, some without end."""
    if not answer.is_stream or exchange.message is None or exchange.message.id is None:
        return b""
    error = json_rpc_error(401, UNAUTHORIZED, ENDED, request_id=exchange.message.id)
    return b"event: message\r\ndata: " + bytes(error.body) + b"\r\n\r\n"


def _readable(scope: Scope) -> Reads:
    """406 for an Accept that admits nothing this endpoint can say."""
    reads = readable(", ".join(fields_of(scope).get("accept", ())))
    if reads is Reads.NOTHING_OURS:
        answer = PlainTextResponse("Accept must admit application/json or text/event-stream.", 406)
        raise RefusedError(Reason.NOTHING_READABLE, answer)
    return reads
