"""RFC 7591: clients register themselves; every registration is a new client."""

import json
from dataclasses import asdict
from typing import Any

from authlib.oauth2.rfc7591 import ClientRegistrationEndpoint as AuthlibRegistrationEndpoint
from authlib.oauth2.rfc7591 import InvalidClientMetadataError

from auth_server.audit_log.audit import AuditKind, record
from auth_server.clients import forget_unused_clients
from auth_server.models import Client
from auth_server.oauth.client_metadata import ClientMetadata, read_metadata
from auth_server.oauth.registration_access import check_may_register
from auth_server.oauth.requests import WireRequest
from shared.clock import epoch
from shared.networks import network_of
from shared.secrets import digest, new_secret


class ClientRegistrationEndpoint(AuthlibRegistrationEndpoint):
    """§3: open to whom the administrator lets register, within the limits the route keeps."""

    def create_registration_response(self, request: WireRequest) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """§3.2.1: 201 with everything that was registered; secrets are shown here and never again."""
        session, settings = self.server.session, self.server.settings
        forget_unused_clients(session)  # first: where nobody may register, those who knock in vain still clean up
        check_may_register(session, request)
        metadata = read_metadata(read_json(request), settings)
        registration_token = new_secret("rat")
        client = Client(
            **asdict(metadata),
            registration_token_digest=digest(registration_token),
            registered_from=network_of(request.peer),
        )
        secret = issue_secret(client, metadata)
        session.add(client)
        record(session, AuditKind.CLIENT_REGISTERED, client_id=client.client_id)
        body = client_information(client, settings.issuer, registration_token, secret)
        return 201, body, []


def read_json(request: WireRequest) -> object:
    """The decoded body. Raises InvalidClientMetadataError."""
    if not request.is_json:
        raise InvalidClientMetadataError("The body must be application/json.")
    try:
        return json.loads(request.body_bytes)
    except (ValueError, RecursionError):
        raise InvalidClientMetadataError("The body is not JSON.") from None


def issue_secret(client: Client, metadata: ClientMetadata) -> str | None:
    """A secret for a confidential client that has none yet; a public client has none (RFC 7591 §3.2.1)."""
    if metadata.token_endpoint_auth_method == "none":
        client.secret_digest = client.previous_secret_digest = client.previous_secret_expires_at = None
        return None
    if client.secret_digest is not None:
        return None
    secret = new_secret("cs")
    client.secret_digest = digest(secret)
    return secret


def client_information(
    client: Client, issuer: str, registration_token: str | None, secret: str | None
) -> dict[str, Any]:
    """§3.2.1, RFC 7592 §3: the metadata as registered, and where and with what to change it."""
    body: dict[str, Any] = {
        "client_id": client.client_id,
        "client_id_issued_at": epoch(client.created_at),
        "client_name": client.client_name,
        "redirect_uris": client.redirect_uris,
        "grant_types": client.grant_types,
        "response_types": ["code"] if "authorization_code" in client.grant_types else [],
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "application_type": client.application_type,
        "post_logout_redirect_uris": client.post_logout_redirect_uris or None,
        "scope": client.scope,
        "registration_client_uri": f"{issuer}/register/{client.client_id}",
        "registration_access_token": registration_token,
        "client_secret": secret,
        "client_secret_expires_at": 0 if secret is not None else None,
        "client_uri": client.client_uri,
        "logo_uri": client.logo_uri,
    }
    return {name: value for name, value in body.items() if value is not None}
