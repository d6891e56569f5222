"""The grant that a request to the token or the revocation endpoint is about, by what it presents."""

from sqlmodel import Session

from auth_server.models import AuthorizationCode, DeviceCode, Grant
from auth_server.oauth.jwt_access_tokens import read_access_token
from auth_server.oauth.refresh_token import find_refresh_token
from auth_server.oauth.requests import WireRequest
from auth_server.services import Services
from shared.secrets import digest


def presented_grant(session: Session, services: Services, request: WireRequest) -> Grant | None:
    """Behind the code, the refresh token, or the token to revoke; whose it is remains to be seen."""
    code, refresh_token, token = (request.parameters.get(name) for name in ("code", "refresh_token", "token"))
    of_device = grant_of_device_code(session, request.parameters.get("device_code"))
    return of_device or grant_of_code(session, code) or grant_of_token(session, services, refresh_token or token or "")


def grant_of_code(session: Session, code: str | None) -> Grant | None:
    """The grant behind an authorization code, spent or not."""
    found = session.get(AuthorizationCode, digest(code)) if code is not None else None
    return session.get(Grant, found.grant_id) if found is not None else None


def grant_of_device_code(session: Session, device_code: str | None) -> Grant | None:
    """The grant behind a device code that was approved, redeemed or not."""
    found = session.get(DeviceCode, digest(device_code)) if device_code is not None else None
    return session.get(Grant, found.grant_id) if found is not None and found.grant_id is not None else None


def grant_of_token(session: Session, services: Services, token: str) -> Grant | None:
    """The grant behind an access token or a refresh token of any generation."""
    refresh_token = find_refresh_token(session, token)
    if refresh_token is not None:
        return session.get(Grant, refresh_token.grant_id)
    claims = read_access_token(session, services, token)
    return session.get(Grant, claims["grant_id"]) if claims is not None else None
