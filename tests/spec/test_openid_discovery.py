"""OpenID Connect Discovery 1.0: what the document adds to RFC 8414, and that it works."""

from urllib.parse import urlsplit

from tests.auth_harness import AuthHarness
from tests.openid_steps import WHO

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


def test_the_openid_document_extends_the_other(settled: AuthHarness) -> None:
    """AS-81, OIDC Discovery §3, RFC 8414 §2: one server, so everything else is the same."""
    openid, oauth = settled.http.get(OPENID).json(), settled.http.get(OAUTH).json()
    differing = {name for name, value in oauth.items() if openid[name] != value}
    assert differing == {"scopes_supported"}


def test_the_openid_document_has_what_discovery_requires(settled: AuthHarness) -> None:
    """OIDC Discovery §3, RP-Initiated Logout §2.1: required members, and no by default where that means yes."""
    openid = settled.http.get(OPENID).json()
    assert openid["subject_types_supported"] == ["public"]
    assert openid["id_token_signing_alg_values_supported"] == ["ES256"]
    assert openid["request_uri_parameter_supported"] is False
    assert {"sub", "email", "email_verified", "name", "auth_time", "amr", "nonce"} <= set(openid["claims_supported"])
    assert urlsplit(openid["end_session_endpoint"]).path == "/end-session"


def test_apps_that_ask_for_everything_listed_are_not_told_who_somebody_is(settled: AuthHarness) -> None:
    """AS-82, RFC 8414 §2: MCP clients ask for all of scopes_supported, so theirs stays short."""
    assert not set(WHO.split()) & set(settled.http.get(OAUTH).json()["scopes_supported"])
    assert set(WHO.split()) <= set(settled.http.get(OPENID).json()["scopes_supported"])


def test_every_place_of_the_openid_document_has_it(settled: AuthHarness) -> None:
    """AS-81, RFC 8414 §5."""
    assert settled.http.get(f"{OPENID}/mcp").json() == settled.http.get(OPENID).json()


def test_userinfo_is_where_the_document_says(settled: AuthHarness) -> None:
    """OIDC Discovery §3: it answers, if only with a challenge."""
    assert settled.http.get(settled.http.get(OPENID).json()["userinfo_endpoint"]).status_code == 401
