"""RFC 6749 §2: what this installation is to an authorization server, and how it proves it (§2.3.1)."""

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from resource_server.gateway.oauth.authorization_server import AuthorizationServer
from resource_server.gateway.oauth.errors import UnusableServerError

BASIC, POST, NONE = "client_secret_basic", "client_secret_post", "none"


@dataclass(frozen=True)
class Client:
    """`method` is how it proves who it is at the token endpoint."""

    id: str
    secret: str = field(default="", repr=False)
    method: str = NONE

    def proof(self) -> tuple[dict[str, str], dict[str, str]]:
        """What to add to a form, and to the header fields."""
        if self.method == BASIC:
            pair = f"{quote_plus(self.id)}:{quote_plus(self.secret)}"
            return {}, {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        secret = {"client_secret": self.secret} if self.method == POST else {}
        return {"client_id": self.id, **secret}, {}


def wanted_method(server: AuthorizationServer) -> str:
    """A secret is asked for where there can be one: what is kept here is worth more than an id.

    Raises UnusableServerError where it takes none of the ways we know.
    """
    found = next((method for method in (BASIC, POST, NONE) if method in server.token_auth_methods), None)
    if found is None:
        raise UnusableServerError("The authorization server takes no proof that this installation could give.")
    return found


def entered_client(client_id: str, secret: str, server: AuthorizationServer) -> Client:
    """One that an administrator entered, with the way of proof that this server takes."""
    if not secret:
        return Client(client_id)
    is_posted = BASIC not in server.token_auth_methods and POST in server.token_auth_methods
    return Client(client_id, secret, POST if is_posted else BASIC)
