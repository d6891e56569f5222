"""RFC 7592: how a client asks for its own registration, and sends another one."""

from typing import Any

from tests.auth_harness import AuthHarness, RegisteredClient


def configuring(auth: AuthHarness, client: RegisteredClient, method: str, **content: Any) -> Any:
    header = {"Authorization": f"Bearer {client.information['registration_access_token']}"}
    return auth.http.request(method, client.information["registration_client_uri"], headers=header, **content)


def replacing(auth: AuthHarness, client: RegisteredClient, **changes: Any) -> Any:
    """PUT of what the client was told at its registration, with these changes; None leaves a member out."""
    document = {name: value for name, value in (client.information | changes).items() if value is not None}
    return configuring(auth, client, "PUT", json=document)
