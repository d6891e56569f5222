"""RFC 7662: the resource server asks what a token's grant, or an API key, allows right now."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc7662 import IntrospectionEndpoint as AuthlibIntrospectionEndpoint
from sqlmodel import Session

from auth_server.client_snapshots import approved_name
from auth_server.keys.key_uses import is_due
from auth_server.models import ApiKey, Client, Grant, ResourceServer, User
from auth_server.oauth.jwt_access_tokens import read_access_token
from auth_server.oauth.key_introspection import acted_for, introspected_key, key_answer, use_of
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.token_response import is_usable
from auth_server.resource_servers import find_resource_server
from shared.authorization_details import details_as_json
from shared.clock import epoch
from shared.credential_forms import Form, form_of
from shared.mounted_servers import mounted_server
from shared.refusals import Reason
from shared.scopes import Scope

ACTIVE_FROM_TOKEN = ("client_id", "sub", "aud", "iss", "exp", "iat", "jti")


class UnknownResourceServerError(InvalidClientError):
    """§2.1: whoever asks must be a resource server of ours."""

    status_code = 401
    reason = Reason.RESOURCE_SERVER_UNKNOWN

    def get_headers(self) -> list[tuple[str, str]]:
        """The scheme that would have worked."""
        return [("WWW-Authenticate", 'Bearer realm="ostiary resource server"')]


class IntrospectionEndpoint(AuthlibIntrospectionEndpoint):
    """§2: access tokens and API keys; refresh tokens and the rest are none of the resource server's business."""

    def authenticate_endpoint_client(self, request: WireRequest) -> ResourceServer:
        """§2.1: by the credential of the installation; clients cannot introspect."""
        asking = find_resource_server(self.server.session, request.headers.get("authorization", ""))
        if asking is None:
            raise UnknownResourceServerError("Only a resource server may introspect.")
        return asking

    def authenticate_token(self, request: WireRequest, client: ResourceServer) -> dict[str, Any] | None:
        """What is to be told; the credential's form selects the one parser that may read it."""
        token = request.parameters.get("token")
        if not request.is_form or token is None:
            raise InvalidRequestError("The parameter token is required.")
        form = form_of(token)
        if form is Form.KEY:
            return self._key(token, client, request.parameters.get("on_behalf_of"))
        return self._access_token(token, client) if form is Form.JWT else None

    def create_introspection_payload(self, token: dict[str, Any] | None) -> dict[str, Any]:
        """§2.2: nothing is said of what is not active."""
        return {"active": False} if token is None else token

    def _key(self, secret: str, client: ResourceServer, wanted: str | None) -> dict[str, Any] | None:
        """`wanted` is the person for whom whoever holds the key wants to act; the answer names them or does not."""
        session = self.server.session
        key: ApiKey | None = introspected_key(session, secret)
        if key is None:
            return None
        person = acted_for(session, key, wanted)
        use = use_of(key, person)
        self.server.key_use = use if is_due(session, use) else None
        return key_answer(key, self.server.settings, client, person)

    def _access_token(self, token: str, client: ResourceServer) -> dict[str, Any] | None:
        """If it was made for the resource server that asks (§4).

        RFC 9396 §9.2: the token's own claims, and the grant's scope and details as they are now.
        """
        session = self.server.session
        claims = read_access_token(self.server.session, self.server.services, token)
        if claims is None or not _is_at(claims["aud"], client.resource):
            return None
        grant: Grant | None = session.get(Grant, claims["grant_id"])
        if grant is None or not is_usable(session, grant):
            return None
        app: Client = session.get_one(Client, grant.client_id)
        return {
            "active": True,
            "token_type": "Bearer",
            **{name: claims[name] for name in ACTIVE_FROM_TOKEN},
            "scope": _scope_now(session, grant),
            "authorization_details": details_as_json(grant.details),
            "grant_id": grant.id,
            "grant_rev": grant.revision,
            "decided_at": epoch(grant.decided_at),
            "client_name": approved_name(grant, app),
        }


def _is_at(audience: str, resource: str) -> bool:
    """Whether it is the resource itself, or a server that is mounted beside it."""
    return audience == resource or mounted_server(audience, resource) is not None


def _scope_now(session: Session, grant: Grant) -> str:
    """Without what only an administrator can give, once the person is none any more (AS-65)."""
    user = session.get(User, grant.user_id) if grant.user_id is not None else None
    if Scope.GATEWAY_MANAGE not in grant.scopes or (user is not None and user.is_admin):
        return grant.scope
    return grant.scope_of([scope for scope in grant.scopes if scope is not Scope.GATEWAY_MANAGE])
