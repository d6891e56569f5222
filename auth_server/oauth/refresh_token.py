"""OAuth 2.1 §4.3: refresh tokens, rotated at every use, with a grace in which the family never forks."""

from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError
from sqlmodel import Session, col, func, select, update

from auth_server.audit_log.audit import AuditKind, record
from auth_server.grants import revoke_grant
from auth_server.models import Client, Grant, RefreshToken
from auth_server.oauth.client_authentication import authenticate_client
from auth_server.oauth.errors import GrantRefusedError
from auth_server.oauth.resource_indicators import check_granted_resource, is_current
from auth_server.oauth.token_grant import TokenGrant
from auth_server.oauth.token_response import check_usable, token_response
from auth_server.settings import Settings
from shared.clock import now
from shared.refusals import Reason
from shared.scopes import Scope, parse_scope
from shared.secrets import derived_secret, digest, new_secret

PREFIX = "rt"
ASK_AGAIN = "Ask the person to authorize again."
UNKNOWN = f"The refresh token is unknown here, or another client's. {ASK_AGAIN}"
MOVED = f"The MCP endpoint has moved to another address since the app was connected. {ASK_AGAIN}"
ENDED = f"The connection has expired or was taken back. {ASK_AGAIN}"
REUSED = f"The refresh token was replaced before, so the connection was ended. Keep the newest one. {ASK_AGAIN}"


def may_refresh(client: Client, grant: Grant) -> bool:
    """Whether the client's registration names the grant type, or the person agreed to offline access."""
    return "refresh_token" in client.grant_types or Scope.OFFLINE_ACCESS in grant.scopes


def first_refresh_token(session: Session, settings: Settings, grant: Grant) -> str:
    """The head of a new family, one for each grant."""
    token = new_secret(PREFIX)
    _store(session, settings, grant, token, generation=1)
    return token


def find_refresh_token(session: Session, token: str) -> RefreshToken | None:
    """The generation this token is."""
    return session.get(RefreshToken, digest(token)) if token.startswith(f"{PREFIX}_") else None


class RefreshTokenGrant(TokenGrant):
    """§4.3: the successor is derived from the token it replaces, so that a repeated request gets the same one."""

    GRANT_TYPE = "refresh_token"

    def validate_token_request(self) -> None:
        """§4.3.1: the token is this client's, and neither scope nor resource grows."""
        presented = self.request.parameters.get("refresh_token")
        token = find_refresh_token(self.server.session, presented or "")
        grant = self.server.session.get(Grant, token.grant_id) if token is not None else None
        client = authenticate_client(self.server.session, self.server.settings, self.request, grant)
        if presented is None:
            raise InvalidRequestError("The parameter refresh_token is required.")
        if token is None or grant is None or token.client_id != client.client_id:
            raise GrantRefusedError(Reason.REFRESH_TOKEN_UNKNOWN, UNKNOWN)
        if not is_current(grant.resource, self.server.settings):
            # Tokens for it would be refused for ever; an invalid grant makes the app ask the person again.
            raise GrantRefusedError(Reason.ADDRESS_CHANGED, MOVED)
        check_granted_resource(self.request.parameters.all("resource"), self.server.settings, grant.resource)
        self.presented, self.token, self.grant_row = presented, token, grant
        self.scopes = _narrowed(grant, self.request.parameters.get("scope"))

    def create_token_response(self) -> dict[str, Any]:
        """Rotates the family by one generation, or answers its last rotation again."""
        check_usable(self.server.session, self.grant_row, ENDED)
        if self.token.expires_at <= now():
            raise GrantRefusedError(Reason.REFRESH_TOKEN_EXPIRED, ENDED)
        successor = derived_secret(PREFIX, self.server.services.successor_key, self.presented)
        if self._claim():
            _store(self.server.session, self.server.settings, self.grant_row, successor, self.token.generation + 1)
        elif not self._is_repeated_in_grace():
            self._end_family()
            raise GrantRefusedError(Reason.REFRESH_TOKEN_REUSED, REUSED)
        return token_response(self.server.session, self.server.services, self.grant_row, self.scopes, successor)

    def _claim(self) -> bool:
        claimed = self.server.session.exec(
            update(RefreshToken)
            .where(col(RefreshToken.digest) == self.token.digest, col(RefreshToken.used_at).is_(None))
            .values(used_at=now())
            .execution_options(synchronize_session=False)
        )
        return bool(claimed.rowcount == 1)

    def _is_repeated_in_grace(self) -> bool:
        """§4.3.1: only the generation before the current one, only within the window that its first use opened."""
        session: Session = self.server.session
        session.refresh(self.token)
        newest = session.exec(
            select(func.max(RefreshToken.generation)).where(RefreshToken.grant_id == self.grant_row.id)
        ).one()
        window = timedelta(seconds=self.server.settings.refresh_grace)
        used_at = self.token.used_at
        return used_at is not None and now() < used_at + window and self.token.generation + 1 == newest

    def _end_family(self) -> None:
        """§4.3.1: somebody holds a token that was replaced; nobody can tell who, so the grant ends."""
        record(
            self.server.session,
            AuditKind.REFRESH_TOKEN_REUSED,
            user_id=self.grant_row.user_id,
            client_id=self.grant_row.client_id,
            grant_id=self.grant_row.id,
            generation=self.token.generation,
        )
        revoke_grant(self.server.session, self.grant_row, "refresh_token_reused")


def _narrowed(grant: Grant, requested: str | None) -> tuple[Scope, ...]:
    """§4.3.1: what the grant allows now, or the part of it that is asked for; unknown scopes are dropped.

    Offline access is what every refresh is about, so naming it widens nothing. And a client that names what it was
    granted cannot know that the person took some of it back since: it gets what is left.
    """
    if requested is None:
        return grant.scopes
    asked = set(parse_scope(requested))
    allowed = tuple(scope for scope in grant.scopes if scope in asked)
    exceeds = bool(asked - set(grant.scopes) - {Scope.OFFLINE_ACCESS})
    was_edited = grant.revision > 1
    if not allowed or (exceeds and not was_edited):
        raise InvalidScopeError("The scope exceeds what was granted: leave it out, or authorize again for more.")
    return allowed


def _store(session: Session, settings: Settings, grant: Grant, token: str, generation: int) -> None:
    session.add(
        RefreshToken(
            digest=digest(token),
            grant_id=grant.id,
            client_id=grant.client_id,
            generation=generation,
            expires_at=_idle_end(settings, grant),
        )
    )


def _idle_end(settings: Settings, grant: Grant) -> datetime:
    """An unused token dies after the idle time; none outlives its grant."""
    return min(now() + timedelta(seconds=settings.refresh_idle), grant.expires_at)
