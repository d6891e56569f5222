"""RFC 8414: the metadata of the authorization server."""

from pathlib import Path

import pytest

from auth_server.trust.rules import allow_documents
from tests.auth_harness import AuthHarness, auth_settings

ROOT = "/.well-known/oauth-authorization-server"


def test_the_metadata_names_the_configured_issuer(settled: AuthHarness) -> None:
    """AS-81, RFC 8414 §3.3: `issuer` is the configured string, without a trailing slash."""
    assert settled.http.get(ROOT).json()["issuer"] == settled.settings.issuer == "http://localhost:9000"


def test_every_place_has_the_same_document(settled: AuthHarness) -> None:
    """AS-81, RFC 8414 §3 and §5: one document of a name, wherever clients look."""
    assert settled.http.get(f"{ROOT}/mcp").json() == settled.http.get(ROOT).json()


def test_an_issuer_with_a_path_is_found_in_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-81, RFC 8414 §3.1, §5: the path inserted, appended, and left out; the endpoints lie below the issuer."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, issuer="http://localhost:9000/auth"))
    auth.http.base_url = "http://localhost:9000"
    paths = [
        f"{ROOT}/auth",
        "/.well-known/openid-configuration/auth",
        "/auth/.well-known/openid-configuration",
        "/auth/.well-known/oauth-authorization-server",
        ROOT,
    ]
    documents = [auth.http.get(path).json() for path in paths]
    assert all(document["issuer"] == "http://localhost:9000/auth" for document in documents)
    for endpoint in ("token_endpoint", "revocation_endpoint", "registration_endpoint", "introspection_endpoint"):
        assert auth.http.post(documents[0][endpoint]).status_code in (400, 401), endpoint
    assert auth.http.get(documents[0]["authorization_endpoint"]).status_code == 400
    assert auth.http.get(documents[0]["jwks_uri"]).json()["keys"]


def test_an_issuer_with_a_trailing_slash_cannot_be_configured(tmp_path: Path) -> None:
    """AS-81, RFC 8414 §3.3: clients compare byte for byte."""
    with pytest.raises(ValueError, match="slash"):
        auth_settings(tmp_path, issuer="https://auth.example.com/")


def test_the_token_and_the_metadata_name_one_issuer(settled: AuthHarness) -> None:
    """AS-81, RFC 9068 §4: a string that never went through a URL type."""
    token = settled.tokens(settled.register())["access_token"]
    assert settled.introspect(token)["iss"] == settled.http.get(ROOT).json()["issuer"]


def test_what_clients_decide_by_is_listed(settled: AuthHarness) -> None:
    """AS-82, RFC 8414 §2, RFC 9207 §3: methods, iss, and offline_access for refreshing clients."""
    metadata = settled.http.get(ROOT).json()
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert {"none", "client_secret_post", "client_secret_basic", "private_key_jwt"} == set(
        metadata["token_endpoint_auth_methods_supported"]
    )
    assert set(metadata["scopes_supported"]) == {"memory:read", "memory:write", "gateway:call", "offline_access"}
    assert set(metadata["grant_types_supported"]) == {
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
    }


def test_documents_are_offered_as_long_as_they_are_allowed(auth: AuthHarness) -> None:
    """AS-82, AS-80, CIMD §5: `client_id_metadata_document_supported` follows the switch while the server runs."""
    offered = []
    for is_allowed in (True, False, True):
        with auth.database() as session:
            allow_documents(session, is_allowed)
        offered.append(auth.http.get(ROOT).json()["client_id_metadata_document_supported"])
    assert offered == [True, False, True]


def test_nothing_is_advertised_that_does_not_work(settled: AuthHarness) -> None:
    """RFC 8414 §2: every endpoint named answers, and no other feature is claimed."""
    metadata = settled.http.get(ROOT).json()
    for name, url in metadata.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert settled.http.get(url).status_code in (200, 400, 405), name
    assert "userinfo_endpoint" not in metadata


def test_the_metadata_may_be_cached(settled: AuthHarness) -> None:
    """RFC 8414 §3.2: for a minute, so that a switch an administrator turns is soon seen."""
    assert settled.http.get(ROOT).headers["cache-control"] == "public, max-age=60"
