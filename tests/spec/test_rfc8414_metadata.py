"""RFC 8414: the metadata of the authorization server."""

import pytest

from tests.auth_harness import AuthHarness

ROOT = "/.well-known/oauth-authorization-server"


def test_the_metadata_names_the_configured_issuer(auth: AuthHarness) -> None:
    """AS-81, RFC 8414 §3.3: `issuer` is the configured string, without a trailing slash."""
    assert auth.http.get(ROOT).json()["issuer"] == auth.settings.issuer == "http://localhost:9000"


@pytest.mark.parametrize("path", [ROOT, "/.well-known/openid-configuration", f"{ROOT}/mcp"])
def test_every_place_has_the_same_document(auth: AuthHarness, path: str) -> None:
    """AS-81, RFC 8414 §3 and §5: one document, wherever clients look."""
    assert auth.http.get(path).json() == auth.http.get(ROOT).json()
