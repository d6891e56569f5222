"""OAuth Client ID Metadata Document: a client_id that is an address, where this installation says what it is."""

from typing import Any
from urllib.parse import urlsplit

from resource_server.gateway.http_clients import HttpClients, is_address
from shared.addresses import Reach, reach_of

DOCUMENT_PATH = "/oauth-client.json"
CALLBACK_PATH = "/server-connected"
"""At the origin of the MCP endpoint; below /servers are servers by their names alone."""


def callback_url(origin: str, server: str = "") -> str:
    """Where authorization servers send people back: those of one server behind the gateway, by its name."""
    return f"{origin}{CALLBACK_PATH}/{server}" if server else f"{origin}{CALLBACK_PATH}"


def client_metadata(origin: str, way_back: str) -> dict[str, Any]:
    """RFC 7591 §2: what this installation is, wherever it says so."""
    is_web = urlsplit(origin).scheme == "https"
    return {
        "client_name": "Ostiary",
        "client_uri": origin,
        "redirect_uris": [way_back],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "application_type": "web" if is_web else "native",
    }


def client_document(origin: str) -> dict[str, Any]:
    """The document itself; it proves nothing but this address."""
    return {
        "client_id": f"{origin}{DOCUMENT_PATH}",
        **client_metadata(origin, callback_url(origin)),
        "token_endpoint_auth_method": "none",
    }


async def can_be_read(origin: str, clients: HttpClients) -> bool:
    """Whether others could fetch the document: https, at a name that leads to the public internet."""
    parts = urlsplit(origin)
    if parts.scheme != "https" or parts.hostname is None:
        return False
    try:
        found = await clients.network.resolve(parts.hostname, parts.port or 443)
        reaches = {reach_of(address) for address, _ in found}
    except OSError:
        return False
    return reaches == {Reach.GLOBAL} and not is_address(parts.hostname)
