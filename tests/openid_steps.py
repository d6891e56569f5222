"""Steps that the statements about OpenID Connect share: a request, what its id_token says, what userinfo answers."""

from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet

from auth_server.models import Client, ClientOrigin
from tests.auth_harness import AuthHarness, RegisteredClient

WHO = "openid profile email"


def identity(auth: AuthHarness, client: RegisteredClient, **changes: Any) -> dict[str, Any]:
    """The token response of a request that is about the person alone."""
    return auth.tokens(client, **({"scope": WHO, "resource": None} | changes))


def read_id_token(auth: AuthHarness, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, verified as a client does: with the published keys and the one algorithm."""
    keys = KeySet.import_key_set(auth.http.get("/.well-known/jwks.json").json())
    decoded = jwt.decode(token, keys, algorithms=["ES256"])
    return dict(decoded.header), dict(decoded.claims)


def ask_userinfo(auth: AuthHarness, token: str, **headers: str) -> Any:
    """The userinfo endpoint's answer."""
    return auth.http.get("/userinfo", headers={"Authorization": f"Bearer {token}"} | headers)


def administering_client(auth: AuthHarness) -> RegisteredClient:
    """A client that an administrator made with the scope `admin`."""
    client = auth.register(client_name="Panel")
    with auth.database() as session:
        row = session.get_one(Client, client.id)
        row.origin, row.scope = ClientOrigin.ADMINISTRATOR, f"{row.scope} admin"
    return client
