"""RFC 8628 §3.1, §3.2: a device without a browser asks, and gets a code for itself and one for its person to type."""

from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from sqlmodel import Session, col, delete, select

from auth_server.models import Client, DeviceCode
from auth_server.oauth.client_authentication import authenticate_client
from auth_server.oauth.errors import GrantRefusedError, InvalidAuthorizationDetailsError
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.resource_indicators import requested_resource
from auth_server.oauth.user_codes import GRANT_TYPE, new_user_code, user_code_digest
from auth_server.services import Services
from auth_server.settings import Settings
from shared.authorization_details import Details, InvalidDetailsError, details_as_json, parse_details
from shared.clock import now
from shared.mounted_servers import mounted_server
from shared.refusals import Reason
from shared.scopes import DEFAULT_SCOPES, RESOURCE_SCOPES, Scope, format_scope, named_servers, parse_scope
from shared.secrets import digest, new_secret

LIFETIME = 15 * 60
INTERVAL = 5
REMEMBERED = timedelta(hours=1)
"""How long a device is told that its code has expired; later it is unknown."""
NOT_REGISTERED = "The client has not registered for this: its grant_types need the device code grant."
BLOCKED = "An administrator of this server blocked the app."
NO_SCOPE = "The client's registration names none of the scopes there are: register again without scope."
UNREADABLE = "The authorization_details are not understood: use type memory or server, or leave them out."


class NotForDevicesError(UnauthorizedClientError):
    """RFC 6749 §5.2: the client is not authorized to use this grant type."""

    reason = Reason.GRANT_TYPE_NOT_ALLOWED


def authorize_device(session: Session, services: Services, request: WireRequest) -> dict[str, Any]:
    """§3.2: the JSON body. Raises OAuth2Error."""
    client = _client(session, services, request)
    details, asked = _details(request.parameters.get("authorization_details")), request.parameters.get("scope")
    resource = requested_resource(request.parameters.all("resource"), services.settings)
    device_code, user_code = new_secret("dc"), _unused_user_code(session, services)
    session.add(
        DeviceCode(
            digest=digest(device_code),
            user_code_digest=user_code_digest(services, user_code),
            client_id=client.client_id,
            resource=resource,
            scope=format_scope(_scopes(client, asked, resource, services.settings), named_servers(asked)),
            details_json=details_as_json(details) if details is not None else None,
            expires_at=now() + timedelta(seconds=LIFETIME),
            interval=INTERVAL,
        )
    )
    where = f"{services.settings.issuer}/device"
    return {
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": where,
        "verification_uri_complete": f"{where}?user_code={user_code}",
        "expires_in": LIFETIME,
        "interval": INTERVAL,
    }


def _client(session: Session, services: Services, request: WireRequest) -> Client:
    """Who asks, if it may."""
    client = authenticate_client(session, services.settings, request)
    if GRANT_TYPE not in client.grant_types:
        raise NotForDevicesError(NOT_REGISTERED)
    if client.blocked_at is not None:
        raise GrantRefusedError(Reason.CLIENT_BLOCKED, BLOCKED)
    return client


def _scopes(client: Client, requested: str | None, resource: str, settings: Settings) -> tuple[Scope, ...]:
    """What is about memories and servers; nothing of it means the default ones, or the tools of the one server."""
    bound, asked = parse_scope(client.scope), parse_scope(requested)
    if mounted_server(resource, settings.mcp_url) is not None:
        return _of_one_server(bound, asked)
    wanted = {scope for scope in asked if scope in bound and scope in (*RESOURCE_SCOPES, Scope.OFFLINE_ACCESS)}
    if not wanted & set(RESOURCE_SCOPES):
        wanted |= set(DEFAULT_SCOPES) & set(bound)
    if not wanted & set(RESOURCE_SCOPES):
        raise InvalidScopeError(NO_SCOPE)
    return tuple(scope for scope in Scope if scope in wanted)


def _of_one_server(bound: tuple[Scope, ...], asked: tuple[Scope, ...]) -> tuple[Scope, ...]:
    if Scope.GATEWAY_CALL not in bound:
        raise InvalidScopeError(NO_SCOPE)
    return (Scope.GATEWAY_CALL, *({*bound} & {*asked} & {Scope.OFFLINE_ACCESS}))


def _details(requested: str | None) -> Details | None:
    """RFC 9396 §5."""
    try:
        return parse_details(requested) if requested is not None else None
    except InvalidDetailsError:
        raise InvalidAuthorizationDetailsError(UNREADABLE) from None


def _unused_user_code(session: Session, services: Services) -> str:
    """A code that nobody is asked for now; codes that are long over make room."""
    session.exec(delete(DeviceCode).where(col(DeviceCode.expires_at) < now() - REMEMBERED))
    while True:
        code = new_user_code()
        taken = select(DeviceCode.digest).where(DeviceCode.user_code_digest == user_code_digest(services, code))
        if session.exec(taken).first() is None:
            return code
