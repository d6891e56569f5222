"""Words for the statements about registration (RFC 7591)."""

from typing import Any

from tests.auth_harness import CALLBACK, AuthHarness


def registering(auth: AuthHarness, **metadata: Any) -> Any:
    """The answer to a registration of a public client with these changes."""
    document = {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
    return auth.http.post("/register", json=document | metadata)
