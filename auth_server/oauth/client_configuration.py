"""RFC 7592: a client reads, replaces or deletes its own registration."""

from dataclasses import asdict
from typing import Any

from authlib.oauth2.rfc7591 import InvalidClientMetadataError
from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.clients import delete_client, find_client
from auth_server.models import Client
from auth_server.oauth.change_limits import ChangeLimits
from auth_server.oauth.client_metadata import read_metadata
from auth_server.oauth.registration import client_information, issue_secret, read_json
from auth_server.oauth.registration_access import BearerError, check_may_become_another
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.required_proof import good_secrets
from auth_server.settings import Settings
from auth_server.trust.changed_registrations import Approved, end_trust
from shared.secrets import matches

Answer = tuple[int, dict[str, Any] | None]


def configure_client(
    session: Session, settings: Settings, limits: ChangeLimits, request: WireRequest, client_id: str
) -> Answer:
    """§2: GET reads, PUT replaces, DELETE ends. Raises OAuth2Error."""
    client = _authenticated(session, request, client_id)
    if request.method != "GET":
        limits.count(client.client_id)
    if request.method == "DELETE":
        return _delete(session, client)
    if request.method == "PUT":
        return _replace(session, settings, request, client)
    return 200, client_information(client, settings.issuer, request.bearer_token, None)


def _authenticated(session: Session, request: WireRequest, client_id: str) -> Client:
    """§2: no such client, or not its registration access token: both look the same."""
    client, token = find_client(session, client_id), request.bearer_token
    stored = client.registration_token_digest if client is not None else None
    if client is None or stored is None or not matches(token, stored):
        reason = "The registration access token is not valid for this client."
        raise BearerError(reason, token_was_sent=bool(token))
    return client


def _replace(session: Session, settings: Settings, request: WireRequest, client: Client) -> Answer:
    """§2.2: the document replaces the registration: what it leaves out is gone, what is not metadata is ignored.

    The registration access token stays (§5 lets a server rotate it): one lost answer would lock the client out.
    Clients like to send what is registered already; that is answered and leaves no trace.
    """
    document = read_json(request)
    _check_names_itself(document, client)
    metadata, secret = read_metadata(document, settings), None
    if not Approved.of(client).covers(Approved.of(metadata)):
        check_may_become_another(session)
        end_trust(session, client)
    changed = {name: value for name, value in asdict(metadata).items() if getattr(client, name) != value}
    if changed:
        client.sqlmodel_update(changed)
        secret = issue_secret(client, metadata)
        session.add(client)
        record(session, AuditKind.CLIENT_CHANGED, client_id=client.client_id)
    return 200, client_information(client, settings.issuer, request.bearer_token, secret)


def _check_names_itself(document: object, client: Client) -> None:
    """§2.2: client_id must be there and be its own, client_secret may be; neither can be chosen."""
    if not isinstance(document, dict) or document.get("client_id") != client.client_id:
        raise InvalidClientMetadataError("The document must name its own client_id.")
    secret, issued = document.get("client_secret"), good_secrets(client)
    if secret is None:
        return
    if not isinstance(secret, str) or not secret.isascii() or not any(matches(secret, kept) for kept in issued):
        raise InvalidClientMetadataError("The client_secret is not the one that was issued; leave it out.")


def _delete(session: Session, client: Client) -> Answer:
    """§2.3: its grants end with it; the change feed says so before they are gone."""
    delete_client(session, client)
    return 204, None
