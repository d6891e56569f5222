"""RFC 8414, OpenID Connect Discovery: what an authorization server says of itself."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mcp.client.auth.utils import build_oauth_authorization_server_metadata_discovery_urls
from mcp.shared.auth import OAuthMetadata
from pydantic import ValidationError

from resource_server.gateway.http_clients import RefusedAddressError
from resource_server.gateway.oauth.errors import NotAnsweringError, UnusableServerError
from resource_server.gateway.oauth.fetching import Fetching


@dataclass(frozen=True)
class AuthorizationServer:
    """Its addresses, and what it can do; empty where it does not say."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    registration_endpoint: str = ""
    revocation_endpoint: str = ""
    token_auth_methods: tuple[str, ...] = ("client_secret_basic",)
    scopes: tuple[str, ...] = ()
    takes_documents: bool = False
    says_issuer: bool = False

    @property
    def host(self) -> str:
        """Where a browser is sent, to show to people."""
        return urlsplit(self.authorization_endpoint).netloc


async def authorization_server(fetching: Fetching, issuer: str, also: str = "") -> AuthorizationServer | None:
    """The metadata of exactly this issuer (RFC 8414 §3.3), at the addresses and in the order that MCP names.

    `also` is another spelling, for an issuer that nobody spelled. None where there is none. Raises UnusableServerError
    and NotAnsweringError.
    """
    for place in build_oauth_authorization_server_metadata_discovery_urls(issuer, issuer):
        answer = await fetching.get(place)
        if answer.status == 429 or answer.status >= 500:
            raise NotAnsweringError(f"{urlsplit(issuer).netloc} does not give its metadata now.")
        if answer.status == 200 and answer.document:
            if answer.document.get("issuer") not in (issuer, also or issuer):
                raise UnusableServerError("The authorization server's metadata is of another issuer.")
            return _checked(fetching, answer.document)
    return None


def _checked(fetching: Fetching, told: dict[str, Any]) -> AuthorizationServer:
    try:
        metadata = OAuthMetadata.model_validate(told)
    except ValidationError as cause:
        raise UnusableServerError("The authorization server's metadata is not sound.") from cause
    if "S256" not in (metadata.code_challenge_methods_supported or ()):
        raise UnusableServerError("The authorization server does not say that it checks PKCE, so it is not used.")
    for name in ("authorization_endpoint", "token_endpoint"):
        _check_endpoint(fetching, str(told[name]))
    return AuthorizationServer(
        issuer=told["issuer"],
        authorization_endpoint=told["authorization_endpoint"],
        token_endpoint=told["token_endpoint"],
        registration_endpoint=told.get("registration_endpoint") or "",
        revocation_endpoint=told.get("revocation_endpoint") or "",
        token_auth_methods=tuple(metadata.token_endpoint_auth_methods_supported or ("client_secret_basic",)),
        scopes=tuple(metadata.scopes_supported or ()),
        takes_documents=metadata.client_id_metadata_document_supported is True,
        says_issuer=metadata.authorization_response_iss_parameter_supported is True,
    )


def _check_endpoint(fetching: Fetching, url: str) -> None:
    """Only http and https, without a name in it that could pass for the host, and with TLS (MCP, security)."""
    try:
        parts = urlsplit(url)
        is_sound = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        if not is_sound or parts.fragment or any(sign <= " " or sign == "\\" for sign in url):
            raise UnusableServerError("The authorization server names an address that no browser may be sent to.")
        fetching.clients.check(url)
    except RefusedAddressError as refused:
        raise UnusableServerError(str(refused)) from refused
    except ValueError as cause:
        raise UnusableServerError("The authorization server names an address that is none.") from cause
