"""One way to get a token: what the grants of this server have in common."""

from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant

from auth_server.oauth.requests import WireRequest


class TokenGrant(BaseGrant):
    """First everything is checked, then the token is made; only the second step writes.

    Authlib's own grants log whole tokens, redeem without a lock and notice no reuse, so just their frame is used.
    """

    request: WireRequest

    def validate_token_request(self) -> None:
        """Whoever fails here has neither spent nor revoked anything. Raises OAuth2Error."""
        raise NotImplementedError

    def create_token_response(self) -> dict[str, Any]:
        """The JSON body of RFC 6749 §5.1. Raises OAuth2Error."""
        raise NotImplementedError
