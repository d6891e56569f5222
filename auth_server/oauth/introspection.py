"""RFC 7662: the resource server asks what a token's grant allows right now."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc7662 import IntrospectionEndpoint as AuthlibIntrospectionEndpoint

from auth_server.client_snapshots import approved_name
from auth_server.models import Client, Grant, ResourceServer
from auth_server.oauth.jwt_access_tokens import read_access_token
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.token_response import is_usable
from auth_server.resource_servers import find_resource_server
from shared.authorization_details import details_as_json
from shared.refusals import Reason

ACTIVE_FROM_TOKEN = ("client_id", "sub", "aud", "iss", "exp", "iat", "jti")


class UnknownResourceServerError(InvalidClientError):
    """§2.1: whoever asks must be a resource server of ours."""

    status_code = 401
    reason = Reason.RESOURCE_SERVER_UNKNOWN

    def get_headers(self) -> list[tuple[str, str]]:
        """The scheme that would have worked."""
        return [("WWW-Authenticate", 'Bearer realm="ostiary resource server"')]


class IntrospectionEndpoint(AuthlibIntrospectionEndpoint):
    """§2: access tokens alone; refresh tokens and other credentials are none of the resource server's business."""

    def authenticate_endpoint_client(self, request: WireRequest) -> ResourceServer:
        """§2.1: by the credential of the installation; clients cannot introspect."""
        asking = find_resource_server(self.server.session, request.headers.get("authorization", ""))
        if asking is None:
            raise UnknownResourceServerError("Only a resource server may introspect.")
        return asking

    def authenticate_token(self, request: WireRequest, client: ResourceServer) -> dict[str, Any] | None:
        """The claims, if the token was made for the resource server that asks (§4)."""
        token = request.parameters.get("token")
        if not request.is_form or token is None:
            raise InvalidRequestError("The parameter token is required.")
        claims = read_access_token(self.server.session, self.server.services, token)
        return claims if claims is not None and claims["aud"] == client.resource else None

    def create_introspection_payload(self, token: dict[str, Any] | None) -> dict[str, Any]:
        """§2.2, RFC 9396 §9.2: the token's own claims, and the grant's scope and details as they are now."""
        session = self.server.session
        grant: Grant | None = session.get(Grant, token["grant_id"]) if token is not None else None
        if token is None or grant is None or not is_usable(session, grant):
            return {"active": False}
        client: Client = session.get_one(Client, grant.client_id)
        return {
            "active": True,
            "token_type": "Bearer",
            **{name: token[name] for name in ACTIVE_FROM_TOKEN},
            "scope": grant.scope,
            "authorization_details": details_as_json(grant.details),
            "grant_id": grant.id,
            "grant_rev": grant.revision,
            "client_name": approved_name(grant, client),
        }
