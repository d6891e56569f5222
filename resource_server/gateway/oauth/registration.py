"""RFC 7591: this installation registers itself at an authorization server that lets everybody."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from mcp.client.auth.exceptions import OAuthRegistrationError
from mcp.client.auth.oauth2 import check_registration_usable
from mcp.shared.auth import OAuthClientInformationFull
from pydantic import ValidationError

from resource_server.gateway.oauth.authorization_server import AuthorizationServer
from resource_server.gateway.oauth.client_document import client_metadata
from resource_server.gateway.oauth.client_identity import BASIC, NONE, Client, wanted_method
from resource_server.gateway.oauth.errors import NotAnsweringError, UnusableServerError
from resource_server.gateway.oauth.fetching import Answer, Fetching


@dataclass(frozen=True)
class Registered:
    """The new client, and until when it is one."""

    client: Client
    expires_at: datetime | None = None


async def register(
    fetching: Fetching, server: AuthorizationServer, origin: str, way_back: str, scope: str
) -> Registered:
    """A new client with this way back. Raises UnusableServerError and NotAnsweringError."""
    if not server.registration_endpoint:
        raise UnusableServerError(
            f"{urlsplit(server.issuer).netloc} lets nobody register; a client has to be entered by hand."
        )
    method = wanted_method(server)
    wanted = {**client_metadata(origin, way_back), "token_endpoint_auth_method": method}
    wanted |= {"scope": scope} if scope else {}
    answer = await fetching.post_json(server.registration_endpoint, wanted)
    if answer.status == 429 or answer.status >= 500:
        raise NotAnsweringError(f"{urlsplit(server.issuer).netloc} registers nobody now.")
    return _read(answer, method)


def _read(answer: Answer, method: str) -> Registered:
    """RFC 7591 §3.2.1: the server may have changed what was asked for."""
    if answer.status not in (200, 201):
        raise UnusableServerError(f"The authorization server refuses to register this installation ({answer.status}).")
    try:
        told = OAuthClientInformationFull.model_validate(answer.document)
        check_registration_usable(told)
    except (ValidationError, OAuthRegistrationError) as cause:
        raise UnusableServerError("The authorization server's registration cannot be used.") from cause
    secret = told.client_secret or ""
    given = told.token_endpoint_auth_method or (method if secret else NONE)
    expires = told.client_secret_expires_at or 0
    client = Client(told.client_id, secret, (BASIC if given == NONE else given) if secret else NONE)
    return Registered(client, datetime.fromtimestamp(expires, UTC) if secret and expires > 0 else None)
