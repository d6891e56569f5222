"""What an authorization request asks to open: one resource, and the scopes that mean something there (RFC 8707 §2).

A token for memories opens nothing else, one that says who somebody is opens no memories, and one that administers
does neither (AS-119, AS-120).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from auth_server.models import Client, ClientOrigin
from auth_server.oauth.errors import RequestRefusedError
from auth_server.oauth.resource_indicators import named_resource
from auth_server.settings import Settings
from shared.authorization_details import Details, MemoryDetail, memory_access
from shared.mounted_servers import mounted_server
from shared.refusals import Reason
from shared.scopes import (
    DEFAULT_SCOPES,
    MEMORY_SCOPES,
    OPENID_SCOPES,
    RESOURCE_SCOPES,
    Scope,
    named_servers,
    parse_scope,
)
from shared.server_access import ServerDetail

MAX_SCOPES = 50


@dataclass(frozen=True)
class RequestedAccess:
    """The audience of the tokens, and the most they may be granted; `servers`, if any, narrow `gateway:call`.

    So does `server`, the name of the one that the resource is.
    """

    resource: str
    scopes: tuple[Scope, ...]
    servers: frozenset[str] = frozenset()
    server: str = ""


def requested_access(
    client: Client, resources: Sequence[str], scope: str | None, settings: Settings, details: Details | None = None
) -> RequestedAccess:
    """OAuth 2.1 §1.4.1: unknown scopes are dropped, the client's own bound the rest.

    RFC 9396 §6: `details` of servers ask for them without a scope.

    Raises InvalidTargetError and RequestRefusedError.
    """
    if scope is not None and len(scope.split(" ")) > MAX_SCOPES:
        raise _refused("More than 50 scopes were requested.")
    bound = parse_scope(client.scope)
    asked = _also_by_details(tuple(known for known in parse_scope(scope) if known in bound), details)
    resource = named_resource(resources, settings, settings.resources) or _unnamed(asked, settings)
    if client.origin == ClientOrigin.OWN_PAGES:
        return RequestedAccess(resource, _to_show_pages(resource, asked, settings))
    if resource == settings.admin_resource:
        return RequestedAccess(resource, _to_administer(client, asked))
    if resource == settings.userinfo_resource:
        return RequestedAccess(resource, _to_know_who(asked))
    if server := mounted_server(resource, settings.mcp_url):
        _check_names(details, server)
        return RequestedAccess(resource, _to_call(asked, bound), named_servers(scope), server)
    return RequestedAccess(resource, _to_remember(asked, bound), named_servers(scope))


def _unnamed(asked: tuple[Scope, ...], settings: Settings) -> str:
    """A plain OpenID Connect request is about the person alone; every other one is about their memories (AS-18)."""
    is_about_person = Scope.OPENID in asked and not set(asked) & set(RESOURCE_SCOPES)
    return settings.userinfo_resource if is_about_person else settings.mcp_url


def _also_by_details(asked: tuple[Scope, ...], details: Details | None) -> tuple[Scope, ...]:
    """Who names servers and no scope of the resource asks for their tools, and for memories if it names some too."""
    named = details or ()
    if set(asked) & set(RESOURCE_SCOPES) or not any(isinstance(one, ServerDetail) for one in named):
        return asked
    memories = MEMORY_SCOPES if any(isinstance(one, MemoryDetail) for one in named) else ()
    return (*asked, *memories, Scope.GATEWAY_CALL)


def _to_remember(asked: tuple[Scope, ...], bound: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """None of the resource's scopes means the default ones."""
    wanted = set(_with_openid(asked)) | set(asked) & {*RESOURCE_SCOPES, Scope.OFFLINE_ACCESS} & set(bound)
    if not wanted & set(RESOURCE_SCOPES):
        wanted |= set(DEFAULT_SCOPES) & set(bound)
    if not wanted & set(RESOURCE_SCOPES):
        raise _refused("The app's registration names none of the scopes there are; register again without scope.")
    return _in_order(wanted)


def _to_call(asked: tuple[Scope, ...], bound: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """The tools of one server, asked for by its address alone; memories are not there. Raises RequestRefusedError."""
    if Scope.GATEWAY_CALL not in bound:
        raise _refused("The app's registration does not name gateway:call; register again without scope.")
    return _in_order({Scope.GATEWAY_CALL, *_with_openid(asked), *set(asked) & {Scope.OFFLINE_ACCESS} & set(bound)})


def _to_show_pages(resource: str, asked: tuple[Scope, ...], settings: Settings) -> tuple[Scope, ...]:
    """The resource server's own pages: who looks, and what of it they manage. No memories, no tools."""
    if resource != settings.mcp_url or Scope.OPENID not in asked:
        raise _refused("The pages ask for the scope openid at the MCP endpoint.")
    return asked


def _to_know_who(asked: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """OpenID Connect Core §5.4: claims are told to who asks for `openid`."""
    if Scope.OPENID not in asked:
        raise _refused("A token for the userinfo endpoint needs the scope openid.")
    return _in_order({*_with_openid(asked), *set(asked) & {Scope.OFFLINE_ACCESS}})


def _to_administer(client: Client, asked: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """`admin` and nothing beside it, for a client that an administrator made for that."""
    if Scope.ADMIN not in asked or client.origin != ClientOrigin.ADMINISTRATOR:
        raise _refused("The administration API is for apps that an administrator made with the scope admin.")
    return (Scope.ADMIN,)


def _with_openid(asked: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """Name and e-mail address are claims of OpenID Connect: without `openid` nobody would be told them."""
    return tuple(scope for scope in asked if scope in OPENID_SCOPES) if Scope.OPENID in asked else ()


def _check_names(details: Details | None, server: str) -> None:
    if details is not None and not memory_access(details).of_server(server).opens_something():
        description = f"The authorization_details name no tool of {server}, which is all that the resource opens."
        raise RequestRefusedError("invalid_authorization_details", description, Reason.DETAILS_REFUSED)


def _in_order(scopes: set[Scope]) -> tuple[Scope, ...]:
    return tuple(scope for scope in Scope if scope in scopes)


def _refused(description: str) -> RequestRefusedError:
    return RequestRefusedError("invalid_scope", description, Reason.SCOPE_REFUSED)
