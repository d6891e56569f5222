"""What routes ask for: who calls, within which session, and what the call needs."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Depends, Header, Request

from resource_server.authorization.authorizer import Authorized
from resource_server.authorization.challenges import Challenges
from resource_server.authorization.scopes import missing_scope
from resource_server.context.caller import Caller
from resource_server.gateway.links import Viewer
from resource_server.gateway.sessions import ServerSession
from resource_server.routes.gateway_api.door import AUTHORIZED
from resource_server.routes.gateway_api.wire import ApiProblemError
from resource_server.transport.plain_calls import PlainCalls
from resource_server.transport.refused import RefusedError
from resource_server.transport.session_calls import SessionCalls
from shared.refusals import Reason
from shared.scopes import Scope

VISIBLE = r"^[!-~]*$"
"""What an id is made of."""
SESSION_UNKNOWN = "There is no such session, or it is not this app's, or it ended: create another one."


@dataclass(frozen=True)
class GatewayApi:
    """What the routes work with."""

    calls: PlainCalls
    challenges: Challenges
    has_commands: bool
    running: SessionCalls = field(default_factory=SessionCalls)

    def check(self, caller: Caller, scopes: Collection[Scope]) -> None:
        """Raises RefusedError: 403 with the scope to ask for."""
        if missing := missing_scope(frozenset(scopes), caller):
            answer = self.challenges.insufficient_scope(missing, None)
            raise RefusedError(Reason.SCOPE_MISSING, answer, caller)


def _api(request: Request) -> GatewayApi:
    found: GatewayApi = request.app.state.gateway_api
    return found


Api = Annotated[GatewayApi, Depends(_api)]


def _caller(request: Request) -> Caller:
    authorized: Authorized = request.scope[AUTHORIZED]
    return authorized.caller


AnyCaller = Annotated[Caller, Depends(_caller)]
"""Who calls, whatever they may do."""


def requires(*scopes: Scope) -> Callable[[Api, AnyCaller], Caller]:
    """The caller, who holds these scopes."""

    def checked(api: Api, caller: AnyCaller) -> Caller:
        api.check(caller, scopes)
        return caller

    return checked


GatewayCaller = Annotated[Caller, Depends(requires(Scope.GATEWAY_CALL))]
"""Who calls, and may use the gateway."""

SessionId = Annotated[
    str,
    Header(
        alias="X-Session-ID",
        max_length=100,
        pattern=VISIBLE,
        description="A session, to which the request is then confined.",
    ),
]


def found_session(api: GatewayApi, caller: Caller, session_id: str) -> ServerSession:
    """AS-108: an id that is unknown and one that is another's are the same. Raises ApiProblemError 404."""
    session = api.calls.tools.gateway.sessions.use(session_id, viewer_of(caller))
    if session is None:
        raise ApiProblemError(404, "session_unknown", SESSION_UNKNOWN)
    return session


def viewer_of(caller: Caller) -> Viewer:
    """As whom the gateway sees the caller."""
    return Viewer(caller.user_id, caller.client_id, caller.server_session)


def in_session(caller: Caller, session: ServerSession) -> Caller:
    """The caller, confined to a session."""
    return replace(caller, session_id=session.id, server_session=session.id)


def _confined(api: Api, caller: AnyCaller, session_id: SessionId = "") -> Caller:
    """In a session servers are those that the app reaches by calling: one that may not call has none."""
    if not session_id:
        return caller
    api.check(caller, (Scope.GATEWAY_CALL,))
    return in_session(caller, found_session(api, caller, session_id))


def _confined_caller(api: Api, caller: GatewayCaller, session_id: SessionId = "") -> Caller:
    return _confined(api, caller, session_id)


AnyConfined = Annotated[Caller, Depends(_confined)]
"""Who calls, confined to the session that the header names."""

Confined = Annotated[Caller, Depends(_confined_caller)]
"""The same, and may use the gateway."""
