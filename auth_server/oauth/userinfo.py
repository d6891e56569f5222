"""OpenID Connect Core §5.3: the userinfo endpoint, a protected resource of its own (RFC 6750)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from sqlmodel import Session

from auth_server.models import Grant, User
from auth_server.oauth.jwt_access_tokens import read_access_token
from auth_server.oauth.openid_claims import claims_about
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.token_response import is_usable
from auth_server.services import Services
from shared.refusals import Reason
from shared.scopes import Scope, parse_scope

CHALLENGE = 'Bearer realm="ostiary userinfo"'
EXPIRED = "The access token is not one of this server, or has expired: refresh it."
ELSEWHERE = "The access token was made for another resource: ask for scope openid alone, or for this resource."
ENDED = "The approval behind the access token has ended: ask the person again."


class TokenRefusedError(OAuth2Error):
    """RFC 6750 §3.1: 401; the challenge names an error to whoever sent a token."""

    error = "invalid_token"
    status_code = 401

    def __init__(self, reason: Reason, description: str) -> None:
        super().__init__(description)
        self.reason = reason

    def get_headers(self) -> list[tuple[str, str]]:
        """The challenge."""
        named = "" if self.reason is Reason.TOKEN_MISSING else f', error="{self.error}"'
        return [("WWW-Authenticate", f"{CHALLENGE}{named}")]


class OpenIDMissingError(OAuth2Error):
    """RFC 6750 §3.1: 403, the person did not allow `openid`, or took it back."""

    error = "insufficient_scope"
    status_code = 403
    reason = Reason.SCOPE_MISSING

    def get_headers(self) -> list[tuple[str, str]]:
        """The challenge."""
        return [("WWW-Authenticate", f'{CHALLENGE}, error="{self.error}", scope="openid"')]


def userinfo(session: Session, services: Services, request: WireRequest) -> dict[str, Any]:
    """§5.3.2: the claims that token and grant both allow now. Raises OAuth2Error."""
    claims = read_access_token(session, services, _presented(request))
    if claims is None:
        raise TokenRefusedError(Reason.TOKEN_EXPIRED, EXPIRED)
    if claims["aud"] != services.settings.userinfo_resource:
        raise TokenRefusedError(Reason.OTHER_AUDIENCE, ELSEWHERE)
    grant = session.get(Grant, claims["grant_id"])
    user = session.get(User, grant.user_id) if grant is not None and is_usable(session, grant) else None
    if grant is None or user is None:
        raise TokenRefusedError(Reason.GRANT_ENDED, ENDED)
    named = set(parse_scope(claims["scope"]))
    told = claims_about(user, tuple(scope for scope in grant.scopes if scope in named))
    if not told:
        raise OpenIDMissingError(f"The scope {Scope.OPENID} is needed.")
    return told


def _presented(request: WireRequest) -> str:
    """RFC 6750 §2.1, §2.2: in the header, or in the form of a POST; never in the URL, and not twice."""
    in_form = request.parameters.all("access_token") if request.method == "POST" and request.is_form else []
    given = [*in_form, *([request.bearer_token] if request.bearer_token else [])]
    if len(given) > 1:
        raise InvalidRequestError("The access token was sent twice: send it in the header alone.")
    if not given:
        raise TokenRefusedError(Reason.TOKEN_MISSING, "An access token is needed, as Bearer in the header.")
    return given[0]
