"""RFC 6749 §4.1.1, RFC 7636, RFC 8707: the address at which the person is asked."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from secrets import token_urlsafe
from urllib.parse import urlencode, urlsplit

from mcp.client.auth.oauth2 import PKCEParameters

from resource_server.gateway.oauth.discovery import OFFLINE, Prospect


@dataclass(frozen=True)
class AuthorizationRequest:
    """`url` is where the browser goes; `state` and `verifier` stay here, the one as a digest, the other sealed."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def authorization_request(
    prospect: Prospect, client_id: str, redirect_uri: str, scopes: Iterable[str]
) -> AuthorizationRequest:
    """With a `state` and a verifier of its own."""
    state, pkce, scope = token_urlsafe(32), PKCEParameters.generate(), " ".join(scopes)
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": pkce.code_challenge,
        "code_challenge_method": "S256",
        "resource": prospect.resource,
    }
    asked |= {"scope": scope} if scope else {}
    # OpenID Connect Core §11: without it the right to come back is not given.
    asked |= {"prompt": "consent"} if OFFLINE in scope.split() else {}
    parts = urlsplit(prospect.server.authorization_endpoint)
    query = "&".join(filter(None, (parts.query, urlencode(asked))))
    return AuthorizationRequest(parts._replace(query=query).geturl(), state, pkce.code_verifier)
