"""RFC 7592: a client reads, replaces or deletes its own registration."""

from dataclasses import asdict
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc7591 import InvalidClientMetadataError
from sqlmodel import Session, col, select

from auth_server.audit import AuditKind, record
from auth_server.clients import find_client
from auth_server.grants import revoke_grant
from auth_server.models import Client, Grant
from auth_server.oauth.client_metadata import read_metadata
from auth_server.oauth.registration import client_information, issue_secret, read_json
from auth_server.oauth.requests import WireRequest
from auth_server.settings import Settings
from shared.secrets import matches

Answer = tuple[int, dict[str, Any] | None]


class InvalidRegistrationTokenError(OAuth2Error):
    """§2: no such client, or not its registration access token: both look the same."""

    error = "invalid_token"
    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        """RFC 6750 §3."""
        return [("WWW-Authenticate", 'Bearer realm="client registration", error="invalid_token"')]


def configure_client(session: Session, settings: Settings, request: WireRequest, client_id: str) -> Answer:
    """§2: GET reads, PUT replaces, DELETE ends. Raises OAuth2Error."""
    client = _authenticated(session, request, client_id)
    if request.method == "DELETE":
        return _delete(session, client)
    if request.method == "PUT":
        return _replace(session, settings, request, client)
    return 200, client_information(client, settings.issuer, _bearer(request), None)


def _authenticated(session: Session, request: WireRequest, client_id: str) -> Client:
    client = find_client(session, client_id)
    stored = client.registration_token_digest if client is not None else None
    if client is None or stored is None or not matches(_bearer(request), stored):
        raise InvalidRegistrationTokenError("The registration access token is not valid for this client.")
    return client


def _bearer(request: WireRequest) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _replace(session: Session, settings: Settings, request: WireRequest, client: Client) -> Answer:
    """§2.2: the document replaces the registration; it must name the client it is about."""
    document = read_json(request)
    if not isinstance(document, dict) or document.get("client_id") != client.client_id:
        raise InvalidClientMetadataError("The document must name its own client_id.")
    metadata = read_metadata(document, settings)
    for name, value in asdict(metadata).items():
        setattr(client, name, value)
    secret = issue_secret(client, metadata)
    session.add(client)
    record(session, AuditKind.CLIENT_CHANGED, client_id=client.client_id)
    return 200, client_information(client, settings.issuer, _bearer(request), secret)


def _delete(session: Session, client: Client) -> Answer:
    """§2.3: its grants end with it; the change feed says so before they are gone."""
    for grant in session.exec(select(Grant).where(col(Grant.client_id) == client.client_id)):
        revoke_grant(session, grant, "client_deleted")
    session.flush()
    record(session, AuditKind.CLIENT_DELETED, client_id=client.client_id)
    session.delete(client)
    return 204, None
