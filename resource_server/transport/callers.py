"""The caller on the way through the SDK: put into the ASGI scope by the gate, taken out by the handlers."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from mcp.server import ServerRequestContext
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.types import Scope

from resource_server.authorization.authorizer import Authorized
from resource_server.context.caller import Caller
from shared.scopes import Scope as GrantedScope

KEY = "ostiary.caller"
CONVERSATION = "openai/session"
LONGEST_SESSION = 200


def with_caller(scope: Scope, authorized: Authorized, issuer: str) -> Scope:
    """The scope handlers see. The SDK learns the principal its sessions belong to, never the token."""
    caller = authorized.caller
    user = _principal(caller.user_id, caller.client_id, caller.scopes, authorized.expires_at, issuer)
    return {**scope, "user": user, KEY: caller}


@lru_cache(maxsize=1_000)
def _principal(
    user_id: str, client_id: str, scopes: frozenset[GrantedScope], expires_at: int, issuer: str
) -> AuthenticatedUser:
    return AuthenticatedUser(
        AccessToken(
            token="",
            client_id=client_id,
            scopes=[scope.value for scope in scopes],
            expires_at=expires_at,
            subject=user_id,
            claims={"iss": issuer},
        )
    )


def in_session(scope: Scope, session_id: str) -> Scope:
    """The scope of a request whose caller speaks within a session."""
    return dict(scope) | {KEY: replace(scope[KEY], session_id=session_id)}


def said_session(meta: dict[str, Any]) -> str:
    """What the client itself calls the conversation, where the protocol has no session: said, not proven; empty if not.

    MCP 2026-07-28 has no sessions. ChatGPT names its conversation in `_meta`
    (https://developers.openai.com/apps-sdk/reference, "_meta fields the client provides").
    """
    said = meta.get(CONVERSATION)
    if not isinstance(said, str) or not 0 < len(said) <= LONGEST_SESSION or not said.isprintable():
        return ""
    return f"said:{said}"


def caller_of(context: ServerRequestContext[Any, Any]) -> Caller:
    """Who sent the message that is being handled; in a session each message has its own caller."""
    caller = context.request.scope[KEY] if context.request is not None else None
    if not isinstance(caller, Caller):
        raise TypeError("a request reached the MCP server past the gate")
    return caller
