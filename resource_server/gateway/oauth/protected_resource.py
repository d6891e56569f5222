"""RFC 9728: where a server says which authorization servers it trusts."""

from dataclasses import dataclass

from mcp.client.auth.utils import build_protected_resource_metadata_discovery_urls
from mcp.shared.auth import ProtectedResourceMetadata
from mcp.shared.auth_utils import check_resource_allowed, resource_url_from_server_url
from pydantic import ValidationError

from resource_server.gateway.oauth.errors import NotAnsweringError, UnusableServerError
from resource_server.gateway.oauth.fetching import Answer, Fetching


@dataclass(frozen=True)
class ProtectedResource:
    """What a token is for, and who issues it; `issuers` as they were written, byte for byte."""

    resource: str
    issuers: tuple[str, ...]
    scopes: tuple[str, ...] = ()


async def protected_resource(fetching: Fetching, url: str, named: str = "") -> ProtectedResource | None:
    """The metadata of the server at `url`: where its challenge `named` it, else at the well-known addresses.

    None where there is none. Raises UnusableServerError for metadata of another resource, and NotAnsweringError.
    """
    failed: NotAnsweringError | None = None
    for place in build_protected_resource_metadata_discovery_urls(named or None, url):
        try:
            answer = await fetching.get(place)
        except NotAnsweringError as error:
            failed = error
            continue
        if answer.status == 429 or answer.status >= 500:
            failed = NotAnsweringError("The server does not give its metadata now.")
        elif (found := _read(answer)) is not None:
            return _checked(found, url)
    if failed is not None:
        raise failed
    return None


def _read(answer: Answer) -> ProtectedResource | None:
    if answer.status != 200:
        return None
    try:
        ProtectedResourceMetadata.model_validate(answer.document)
    except ValidationError:
        return None
    told = answer.document
    return ProtectedResource(
        told["resource"], tuple(told["authorization_servers"]), tuple(told.get("scopes_supported") or ())
    )


def _checked(found: ProtectedResource, url: str) -> ProtectedResource:
    """RFC 9728 §3.3: metadata of another resource must not be used. One of a path above is taken (MCP)."""
    if not check_resource_allowed(resource_url_from_server_url(url), found.resource):
        raise UnusableServerError("The server's metadata is about another resource.")
    return found
