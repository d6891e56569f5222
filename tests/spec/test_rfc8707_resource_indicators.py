"""RFC 8707: resource indicators."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.auth_harness import AuthHarness, auth_settings

MCP_URL = "http://localhost:8000/mcp"


def test_no_resource_means_the_one_default_audience(settled: AuthHarness) -> None:
    """AS-18, RFC 9068 §3, RFC 8707 §2: never an empty audience, never the client."""
    client = settled.register()
    code = settled.approve(client, resource=None)["code"]
    tokens = settled.redeem(client, code).json()
    assert settled.introspect(tokens["access_token"])["aud"] == MCP_URL


@pytest.mark.parametrize(
    "resource",
    [
        "https://other.example.com/mcp",
        "http://localhost:8000",
        "http://localhost:8000/other",
        "http://localhost:8000/MCP",
        "http://localhost:8001/mcp",
        "http://localhost:9000",
        "http://localhost:8000/mcp#fragment",
        "http://localhost:8000/mcp#",
        "http://user@localhost:8000/mcp",
        "http://localhost:8000/mcp?a=b",
        "http://localhost:99999/mcp",
        "http://[::1/mcp",
        "mcp",
        "urn:example:mcp",
        "http://localhost:8000/mcp\n",
        "http://localhöst:8000/mcp",
    ],
)
def test_another_resource_is_an_invalid_target(settled: AuthHarness, resource: str) -> None:
    """AS-18, AS-19, RFC 8707 §2: unknown, malformed, or with a fragment or user."""
    answer = settled.redirected_error(settled.connected_client(), resource=resource)
    assert answer["error"] == "invalid_target"


@pytest.mark.parametrize("resource", [MCP_URL, "HTTP://LOCALHOST:8000/mcp", f"{MCP_URL}/"])
def test_other_spellings_give_the_configured_audience(settled: AuthHarness, resource: str) -> None:
    """AS-19, RFC 3986 §6.2.3: scheme and host in any case, and the alias with a slash; `aud` is the setting."""
    client = settled.register()
    tokens = settled.redeem(client, settled.approve(client, resource=resource)["code"], resource=resource).json()
    assert settled.introspect(tokens["access_token"])["aud"] == MCP_URL


def test_the_slash_is_an_alias_only_as_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-19, RFC 3986 §6.2.3: `/mcp` and `/mcp/` are different paths."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, resource_aliases=""))
    auth.create_user()
    auth.sign_in()
    answer = auth.redirected_error(auth.connected_client(), resource=f"{MCP_URL}/")
    assert answer["error"] == "invalid_target"


def test_a_bare_host_equals_the_same_with_a_slash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-19, RFC 3986 §6.2.3: an empty path is `/`."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, mcp_url="https://mcp.example.com", resource_aliases=""))
    auth.create_user()
    auth.sign_in()
    tokens = auth.tokens(auth.register(), resource="https://MCP.example.com:443/")
    assert auth.introspect(tokens["access_token"])["aud"] == "https://mcp.example.com"


def test_the_resource_is_never_the_issuer(tmp_path: Path) -> None:
    """AS-19: such a token would be good for whatever the authorization server protects."""
    with pytest.raises(ValidationError, match="OSTIARY_MCP_URL"):
        auth_settings(tmp_path, mcp_url="http://localhost:9000/")


def test_resource_may_repeat(settled: AuthHarness) -> None:
    """AS-8, RFC 8707 §2: as long as every value names the one resource."""
    client = settled.connected_client()
    assert settled.authorize(client, resource=[MCP_URL, MCP_URL, f"{MCP_URL}/"]).status_code == 200
    answer = settled.redirected_error(client, resource=[MCP_URL, "https://other.example.com"])
    assert answer["error"] == "invalid_target"


def test_the_token_endpoint_refuses_another_resource(settled: AuthHarness) -> None:
    """AS-18, RFC 8707 §2.2: and the code stays usable."""
    client = settled.register()
    code = settled.approve(client)["code"]
    assert settled.redeem(client, code, resource="https://other.example.com").json()["error"] == "invalid_target"
    tokens = settled.redeem(client, code).json()
    refused = settled.refresh(client, tokens["refresh_token"], resource="https://other.example.com")
    assert refused.json()["error"] == "invalid_target"
    assert settled.refresh(client, tokens["refresh_token"]).status_code == 200
