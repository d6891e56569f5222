"""OAuth 2.1 §4.1.2, §4.1.3: authorization codes, bound to one approval and spent once."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from sqlmodel import Session, col, delete, update

from auth_server.audit_log.audit import AuditKind, record
from auth_server.grants import revoke_grant
from auth_server.models import AuthorizationCode, Grant
from auth_server.oauth import pkce
from auth_server.oauth.client_authentication import authenticate_client
from auth_server.oauth.errors import GrantRefusedError
from auth_server.oauth.id_tokens import Authentication, issue_id_token
from auth_server.oauth.presented_grant import grant_of_code
from auth_server.oauth.refresh_token import first_refresh_token, may_refresh
from auth_server.oauth.resource_indicators import check_granted_resource
from auth_server.oauth.token_grant import TokenGrant
from auth_server.oauth.token_response import check_usable, token_response
from shared.clock import now
from shared.refusals import Reason
from shared.scopes import Scope
from shared.secrets import digest, new_secret

ANEW = "Start the authorization again."
UNKNOWN = f"The code is unknown here, or another client's. {ANEW}"
OTHER_PLACE = "The redirect_uri is not the one of the authorization request: send the same one, or none."

DELIVERED_TWICE = timedelta(seconds=5)
"""Browsers deliver a callback twice; a second redemption this soon is refused but is no attack."""


def issue_code(
    session: Session,
    grant: Grant,
    *,
    redirect_uri: str,
    code_challenge: str,
    lifetime: int,
    authentication: Authentication,
) -> str:
    """§4.1.2: a code for `grant`, good for `lifetime` seconds; only its digest is kept."""
    code = new_secret("ac")
    session.add(
        AuthorizationCode(
            digest=digest(code),
            grant_id=grant.id,
            client_id=grant.client_id,
            redirect_uri=redirect_uri,
            code_challenge=code_challenge,
            **asdict(authentication),
            expires_at=now() + timedelta(seconds=lifetime),
        )
    )
    return code


def void_code(session: Session, code_digest: str) -> AuthorizationCode | None:
    """Takes back a code that nobody redeemed and gives what it was bound to; None when it was redeemed."""
    found = session.get(AuthorizationCode, code_digest)
    unredeemed = delete(AuthorizationCode).where(
        col(AuthorizationCode.digest) == code_digest, col(AuthorizationCode.used_at).is_(None)
    )
    if found is None or session.exec(unredeemed).rowcount == 0:
        return None
    session.expunge(found)
    return found


def reissue_code(session: Session, code_digest: str, *, lifetime: int) -> str | None:
    """A double click on Approve: the first code is void and another takes its place, for the same grant."""
    void = void_code(session, code_digest)
    grant = session.get(Grant, void.grant_id) if void is not None else None
    if void is None or grant is None:
        return None
    return issue_code(
        session,
        grant,
        redirect_uri=void.redirect_uri,
        code_challenge=void.code_challenge,
        lifetime=lifetime,
        authentication=Authentication(void.nonce, void.authenticated_at, void.methods),
    )


class AuthorizationCodeGrant(TokenGrant):
    """§4.1.3: find the code, prove possession, claim it once."""

    GRANT_TYPE = "authorization_code"

    def validate_token_request(self) -> None:
        """Everything but the claim: whoever fails here neither spends the code nor revokes anything."""
        code = self.request.parameters.get("code")
        grant = grant_of_code(self.server.session, code)
        self.client_row = authenticate_client(self.server.session, self.server.settings, self.request, grant)
        verifier = self.request.parameters.get("code_verifier")
        if code is None or verifier is None:
            raise InvalidRequestError("The parameters code and code_verifier are required.")
        found = self.server.session.get(AuthorizationCode, digest(code))
        if found is None or found.client_id != self.client_row.client_id:
            raise GrantRefusedError(Reason.CODE_UNKNOWN, UNKNOWN)
        if self.request.parameters.get("redirect_uri") not in (None, found.redirect_uri):
            raise GrantRefusedError(Reason.REDIRECT_URI_MISMATCH, OTHER_PLACE)
        if not pkce.proves(verifier, found.code_challenge):
            raise GrantRefusedError(
                Reason.VERIFIER_MISMATCH, "The code_verifier does not match the code_challenge that was sent before."
            )
        grant_resource = grant.resource if grant is not None else ""
        check_granted_resource(self.request.parameters.all("resource"), self.server.settings, grant_resource)
        self.code = found

    def create_token_response(self) -> dict[str, Any]:
        """§7.5.2: the database lets one redemption win; a later one with the right verifier is a replay."""
        session: Session = self.server.session
        grant = session.get(Grant, self.code.grant_id)
        if grant is None:
            raise GrantRefusedError(Reason.CODE_UNKNOWN, UNKNOWN)
        if self.code.used_at is None and self.code.expires_at <= now():
            raise GrantRefusedError(Reason.CODE_EXPIRED, f"The code has expired. {ANEW}")
        if not self._claim(session):
            self._record_replay(session, grant)
            raise GrantRefusedError(Reason.CODE_USED, f"The code was used before, and is good once. {ANEW}")
        check_usable(session, grant, f"The approval behind the code was taken back. {ANEW}")
        refresh_token = None
        if may_refresh(self.client_row, grant):
            refresh_token = first_refresh_token(session, self.server.settings, grant)
        body = token_response(session, self.server.services, grant, grant.scopes, refresh_token)
        return body | self._identity(session, grant, body["access_token"])

    def _identity(self, session: Session, grant: Grant, access_token: str) -> dict[str, Any]:
        """OpenID Connect Core §3.1.3.3: an id_token, if the person allowed `openid`."""
        if Scope.OPENID not in grant.scopes:
            return {}
        return {"id_token": issue_id_token(session, self.server.services, grant, self.code, access_token)}

    def _claim(self, session: Session) -> bool:
        claimed = session.exec(
            update(AuthorizationCode)
            .where(col(AuthorizationCode.digest) == self.code.digest, col(AuthorizationCode.used_at).is_(None))
            .values(used_at=now())
            .execution_options(synchronize_session=False)
        )
        return bool(claimed.rowcount == 1)

    def _record_replay(self, session: Session, grant: Grant) -> None:
        """§4.1.3: beyond a browser's double delivery, the tokens that the code produced are revoked."""
        session.refresh(self.code)
        record(
            session,
            AuditKind.CODE_REPLAYED,
            user_id=grant.user_id,
            client_id=grant.client_id,
            grant_id=grant.id,
        )
        if self.code.used_at is not None and now() > self.code.used_at + DELIVERED_TWICE:
            revoke_grant(session, grant, "code_replayed")
