"""RFC 7009: a client gives a token back, and with it the grant it came from."""

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint as AuthlibRevocationEndpoint

from auth_server.grants import revoke_grant
from auth_server.models import Client, Grant
from auth_server.oauth.client_authentication import authenticate_client
from auth_server.oauth.presented_grant import grant_of_token
from auth_server.oauth.requests import WireRequest


class RevocationEndpoint(AuthlibRevocationEndpoint):
    """§2.1, §2.2: 200 for every token, known or not; the hint is not needed, for a prefix tells the kinds apart."""

    def authenticate_endpoint_client(self, request: WireRequest) -> Client:
        """§2.1: by the rules of the token endpoint."""
        grant = grant_of_token(self.server.session, self.server.services, request.parameters.get("token") or "")
        return authenticate_client(self.server.session, self.server.settings, request, grant)

    def authenticate_token(self, request: WireRequest, client: Client) -> Grant | None:
        """The grant of the token; another client's token is as good as unknown."""
        if not request.is_form or request.parameters.get("token") is None:
            raise InvalidRequestError("The parameter token is required.")
        grant = grant_of_token(self.server.session, self.server.services, request.form["token"])
        return grant if grant is not None and grant.client_id == client.client_id else None

    def revoke_token(self, token: Grant, request: WireRequest) -> None:  # noqa: ARG002  (Authlib's signature)
        """§2.1: the refresh token's whole family and every access token of the grant."""
        revoke_grant(self.server.session, token, "revoked_by_client")
