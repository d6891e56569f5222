"""RFC 6749 §5.1, RFC 9396 §7: what the token endpoint answers, saying what the person left of the request."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from auth_server.models import Client, Grant, User
from auth_server.oauth.errors import GrantRefusedError
from auth_server.oauth.jwt_access_tokens import AccessToken, issue_access_token
from auth_server.services import Services
from shared.authorization_details import details_as_json
from shared.clock import now
from shared.refusals import Reason
from shared.scopes import Scope

NOTED_AGAIN = timedelta(minutes=1)


def token_response(
    session: Session, services: Services, grant: Grant, scopes: tuple[Scope, ...], refresh_token: str | None
) -> dict[str, Any]:
    """The JSON body; the grant counts as used from now on."""
    access_token = issue_access_token(session, services, grant, scopes)
    if not is_noted(grant):
        grant.last_used_at = now()
    grant.activated_at = grant.activated_at or now()
    session.add(grant)
    body = response_body(access_token, grant, scopes)
    return body if refresh_token is None else body | {"refresh_token": refresh_token}


def response_body(access_token: AccessToken, grant: Grant, scopes: tuple[Scope, ...]) -> dict[str, Any]:
    """§5.1 without a refresh token; `scopes` are those of this token."""
    return {
        "access_token": access_token.value,
        "token_type": "Bearer",
        "expires_in": access_token.expires_in,
        "scope": grant.scope_of(scopes),
        "authorization_details": details_as_json(grant.details),
    }


def check_usable(session: Session, grant: Grant, ended: str) -> None:
    """Raises GrantRefusedError, with the sentence `ended` unless an administrator blocked the client.

    Not invalid_client, at which apps register anew: the person is sent here once more, and reads why.
    """
    if is_usable(session, grant):
        return
    client = session.get(Client, grant.client_id)
    if client is not None and client.blocked_at is not None:
        raise GrantRefusedError(Reason.CLIENT_BLOCKED, "An administrator of this server blocked the app.")
    raise GrantRefusedError(Reason.GRANT_ENDED, ended)


def is_noted(grant: Grant) -> bool:
    """Whether its use was written down a moment ago, so that nothing has to be written."""
    return grant.last_used_at is not None and now() - grant.last_used_at < NOTED_AGAIN


def is_usable(session: Session, grant: Grant) -> bool:
    """Whether tokens of the grant may be issued and used: it lives, and neither client nor person is shut out."""
    if not grant.is_live():
        return False
    client = session.get(Client, grant.client_id)
    if client is None or client.blocked_at is not None:
        return False
    user = session.get(User, grant.user_id) if grant.user_id is not None else None
    return grant.user_id is None or (user is not None and user.disabled_at is None)
