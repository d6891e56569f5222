"""RFC 6749 §4.4: a client acts in its own name, within what an administrator entered for it, and without a person."""

from collections.abc import Iterable
from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError

from auth_server.models import Client, ClientOrigin
from auth_server.oauth.client_authentication import authenticate_client
from auth_server.oauth.errors import GrantRefusedError, InvalidAuthorizationDetailsError
from auth_server.oauth.own_grants import OwnRights, own_grant
from auth_server.oauth.repeated_requests import Decision
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.resource_indicators import names, requested_resource
from auth_server.oauth.token_grant import TokenGrant
from auth_server.oauth.token_response import token_response
from auth_server.settings import Settings
from auth_server.signing_keys import active_key
from shared.authorization_details import (
    InvalidDetailsError,
    MemoryAccess,
    memory_access,
    parse_details,
    requested_access,
)
from shared.mounted_servers import mounted_server
from shared.refusals import Reason
from shared.scopes import RESOURCE_SCOPES, Scope, parse_scope

NOT_A_SERVICE = "The client may not act in its own name: an administrator has to enter it as a service."
BLOCKED = "An administrator of this server blocked the app."
NO_SCOPE = "The client was entered for none of the scopes that were requested, at this resource: leave scope out."
NO_DETAILS = "The client was entered for none of the authorization_details that were requested: leave them out."
UNREADABLE = "The authorization_details are not understood: use type memory or server, or leave them out."


class NotAServiceError(UnauthorizedClientError):
    """RFC 6749 §5.2: the client is not authorized to use this grant type."""

    reason = Reason.GRANT_TYPE_NOT_ALLOWED


class ClientCredentialsGrant(TokenGrant):
    """§4.4.2, §4.4.3: no person, no code and no refresh token; `sub` is the client itself (RFC 9068 §3)."""

    GRANT_TYPE = "client_credentials"

    def validate_token_request(self) -> None:
        """The client is who it says, may act for itself, and asks for nothing beyond what was entered for it."""
        settings, parameters = self.server.settings, self.request.parameters
        client = authenticate_client(self.server.session, settings, self.request)
        _check_is_service(client)
        asked = parse_scope(parameters.get("scope") or client.scope)
        resource = _resource(parameters.all("resource"), asked, client, settings)
        server = mounted_server(resource, settings.mcp_url)
        offered = _of_resource(resource, parse_scope(client.scope), settings)
        self.client_row = client
        self.scopes = tuple(scope for scope in offered if scope in asked)
        if not self.scopes:
            raise InvalidScopeError(NO_SCOPE)
        access = _access(client, offered, parameters.get("authorization_details"), server)
        self.rights = OwnRights(resource, offered, access)

    def create_token_response(self) -> dict[str, Any]:
        """A token of the client's own grant, which is made once and used again. Raises MustWriteError."""
        server = self.server
        grant = own_grant(server.session, self.client_row, self.rights, may_write=server.may_write)
        response = token_response(server.session, server.services, grant, self.scopes, None)
        key = active_key(server.session, server.services.signing_seal)
        server.decided = Decision(grant, self.scopes, key), self.client_row
        return response


def hardly_writes(request: WireRequest) -> bool:
    """Whether the answer is tried without waiting for writers; an assertion is written down, to be good once."""
    is_own = request.parameters.get("grant_type") == ClientCredentialsGrant.GRANT_TYPE
    return is_own and request.parameters.get("client_assertion") is None


def _check_is_service(client: Client) -> None:
    """§4.4: confidential clients alone, and here those alone that an administrator entered for it."""
    is_entered = client.origin == ClientOrigin.ADMINISTRATOR
    is_confidential = client.token_endpoint_auth_method != "none"
    if not (is_entered and is_confidential and ClientCredentialsGrant.GRANT_TYPE in client.grant_types):
        raise NotAServiceError(NOT_A_SERVICE)
    if client.blocked_at is not None:
        raise GrantRefusedError(Reason.CLIENT_BLOCKED, BLOCKED)


def _resource(requested: list[str], asked: Iterable[Scope], client: Client, settings: Settings) -> str:
    """RFC 8707 §2: the MCP endpoint, unless the request, or all that the client may do, is about the other one."""
    if requested and all(names(resource, settings.admin_resource) for resource in requested):
        return settings.admin_resource
    is_about_administration = not set(asked) & set(RESOURCE_SCOPES) and Scope.ADMIN in parse_scope(client.scope)
    if not requested and is_about_administration:
        return settings.admin_resource
    return requested_resource(requested, settings)


def _of_resource(resource: str, scopes: tuple[Scope, ...], settings: Settings) -> tuple[Scope, ...]:
    opened = (Scope.ADMIN,) if resource == settings.admin_resource else RESOURCE_SCOPES
    if mounted_server(resource, settings.mcp_url) is not None:
        opened = (Scope.GATEWAY_CALL,)
    return tuple(scope for scope in scopes if scope in opened)


def _access(client: Client, offered: tuple[Scope, ...], requested: str | None, server: str | None) -> MemoryAccess:
    """RFC 9396 §6: what was entered for the client, or the part of it that is asked for, of one `server` or of all."""
    if not set(offered) & set(RESOURCE_SCOPES):
        return MemoryAccess()
    entered = memory_access(client.details)
    if server is not None:
        entered = entered.of_server(server)
    if requested is None:
        return entered
    try:
        narrowed = entered.intersection(requested_access(parse_details(requested)))
    except InvalidDetailsError:
        raise InvalidAuthorizationDetailsError(UNREADABLE) from None
    if not narrowed.opens_something():
        raise InvalidAuthorizationDetailsError(NO_DETAILS)
    return narrowed
