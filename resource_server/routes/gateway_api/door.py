"""The door of the API: the checks of /mcp in the same order, with answers that are plain JSON."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from resource_server.authorization.authorizer import Authorized
from resource_server.authorization.challenges import Challenges
from resource_server.authorization.open_calls import OpenCalls
from resource_server.authorization.protected_resources import ProtectedResource
from resource_server.routes.gateway_api.wire import ApiProblemError, in_words
from resource_server.settings import Settings
from resource_server.transport.bodies import Bodies, BodyTooLargeError, ClientGoneError, SlowBodyError
from resource_server.transport.browsers import Browsers
from resource_server.transport.entrance import Entrance
from resource_server.transport.exchange import WatchedSend, once
from resource_server.transport.gate import ENDED, SLOW
from resource_server.transport.messages import MalformedMessageError, encoded, parse_object
from resource_server.transport.refused import RefusedError
from shared.refusals import Reason, Step, note_refusal

AUTHORIZED = "ostiary.authorized"
"""Where the scope says who calls."""


@dataclass(frozen=True)
class GatewayApiDoor:
    """An ASGI application in front of `api`, which finds a body that was read and judged already."""

    api: ASGIApp
    resource: ProtectedResource
    settings: Settings
    browsers: Browsers
    entrance: Entrance
    open_calls: OpenCalls
    bodies: Bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if refusal := self.browsers.refusal(scope):
            await in_words(refusal)(scope, receive, send)
            return
        send = self.browsers.readable_by(scope, send)
        if preflight := self.browsers.preflight(scope):
            await preflight(scope, receive, send)
            return
        try:
            presented = await self.entrance.presented(scope, self.resource)
            authorized = await self.entrance.admit(presented, scope, self.resource)
            await self._serve(scope, receive, send, authorized)
        except RefusedError as refused:
            note_refusal(Step.CALL, refused.reason, client_id=refused.client_id)
            await in_words(refused.response)(scope, receive, send)
        except ApiProblemError as problem:
            await problem.response()(scope, receive, send)
        except ClientGoneError:
            return

    async def _serve(self, scope: Scope, receive: Receive, send: Send, authorized: Authorized) -> None:
        """If the token or its grant ends before there is an answer, the answer says so."""
        body = await self._body(scope, receive) if scope["method"] == "POST" else b""
        answer = WatchedSend(send)
        known = dict(_as_json(scope, len(body))) | {AUTHORIZED: authorized}
        call = partial(self.api, known, once(body, _nothing_more), answer)
        grant_id = authorized.caller.grant_id
        if await self.open_calls.run(partial(_unless_gone, call, receive), grant_id, authorized.expires_at):
            return
        if not answer.has_started:
            raise RefusedError(Reason.GRANT_ENDED, Challenges(self.resource).invalid_token(ENDED), authorized.caller)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """What was judged is what the API reads; no body is an empty object."""
        try:
            body = await self.bodies.read(scope, receive)
            return encoded(parse_object(body)) if body.strip() else b"{}"
        except BodyTooLargeError as cause:
            said = f"The body is too large: at most {self.settings.max_body:,} bytes."
            raise ApiProblemError(413, "too_large", said) from cause
        except SlowBodyError as cause:
            raise ApiProblemError(408, "too_slow", SLOW) from cause
        except MalformedMessageError as cause:
            raise ApiProblemError(400, "invalid_request", str(cause)) from cause


def _as_json(scope: Scope, length: int) -> Scope:
    """The body is JSON, whatever the client calls it; and no credential has any business further in."""
    withheld = (b"authorization", b"x-api-key", b"cookie", b"content-type", b"content-length", b"transfer-encoding")
    headers = [(name, value) for name, value in scope["headers"] if name not in withheld]
    headers += [(b"content-type", b"application/json"), (b"content-length", str(length).encode())]
    return dict(scope, headers=headers)


async def _nothing_more() -> dict[str, str]:
    await anyio.sleep_forever()
    return {"type": "http.disconnect"}


async def _unless_gone(call: Callable[[], Awaitable[None]], receive: Receive) -> None:
    """A client that closes its connection takes its call with it."""
    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                continue
            tasks.cancel_scope.cancel()

        tasks.start_soon(watch)
        await call()
        tasks.cancel_scope.cancel()
