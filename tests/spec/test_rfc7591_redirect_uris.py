"""RFC 7591: the redirect URIs that may be registered, and what they say about an app."""

from pathlib import Path
from typing import Any

import pytest

from tests.auth_harness import CALLBACK, AuthHarness, auth_settings, error_of
from tests.spec.registration_steps import registering

ACCEPTED = [
    ["https://claude.ai/api/mcp/auth_callback"],
    ["https://chatgpt.com/connector/oauth/abc_123-x", "https://chatgpt.com/connector_platform_oauth_redirect"],
    ["http://localhost/callback", "http://127.0.0.1/callback"],
    [
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "https://www.cursor.com/agents/mcp/oauth/callback",
        "http://localhost:8787/callback",
    ],
    ["https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/", "http://127.0.0.1:33418"],
    ["vscode://vscode.github-authentication/did-authenticate"],
    ["http://127.0.0.1:6274/oauth/callback", "http://[::1]:6274/oauth/callback"],
    ["com.example.app:/oauth2redirect", "com.example.app://callback"],
    ["https://app.example.com/callback?tenant=1&mode=b"],
    ["https://192.0.2.7/callback", "https://[2001:db8::1]:8443/callback", "https://3com.example/callback"],
]


@pytest.mark.parametrize("redirect_uris", ACCEPTED)
def test_the_redirect_uris_of_real_apps_are_accepted(settled: AuthHarness, redirect_uris: list[str]) -> None:
    """AS-66, OAuth 2.1 §2.3.1, RFC 8252 §7: https, loopback, private-use schemes; byte for byte in the answer."""
    answer = registering(settled, redirect_uris=redirect_uris)
    assert answer.status_code == 201
    assert answer.json()["redirect_uris"] == redirect_uris


REFUSED: list[Any] = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "vbscript:x",
    "blob:https://example.com/x",
    "about:blank",
    "http://app.example.com/callback",
    "http://localhost.example.com/callback",
    "http://192.168.0.1/callback",
    "http://0.0.0.0/callback",
    "https://user@example.com/callback",
    "https://user:password@example.com/callback",
    "http://user@localhost/callback",
    "https://example.com/callback#fragment",
    "https://example.com/callback#",
    "https://*.example.com/callback",
    "https://example.com/*",
    "https://example.com/a/../b",
    "https://example.com/a/%2e%2e/b",
    "https://example.com/a/.%2E/b",
    "https://example.com/./a",
    "https://example.com/a b",
    "https://example.com/a\nb",
    "https://example.com/a%0ab",
    "https://example.com/a\x00b",
    "https://example.com\\@evil.example.com/",
    "https://exämple.com/callback",
    "https://example.com/<script>",
    'https://example.com/"',
    "https:///callback",
    "https:callback",
    "https://example.com:port/callback",
    "https://[::1/callback",
    "https://claude.ai%2eevil.example/callback",
    "https://claude.ai;evil.example/callback",
    "https://[fe80::1%25eth0]/callback",
    "https://0x7f.1/callback",
    "https://127.1/callback",
    "https://2130706433/callback",
    "https://0x7f000001/callback",
    "https://example.0x/callback",
    "https://1.2.3.256/callback",
    "https://a..b/callback",
    "https://.example.com/callback",
    "//example.com/callback",
    "/callback",
    "callback",
    "unknownapp://callback",
    "ftp://example.com/callback",
    "https://example.com/callback?code=1",
    "https://example.com/callback?a=b&state=1",
    "https://example.com/callback?iss=1",
    "https://example.com/callback?error=1",
    "https://example.com/" + "a" * 2000,
    "",
    None,
    7,
    {"uri": "https://example.com"},
    ["https://example.com"],
]


@pytest.mark.parametrize("redirect_uri", REFUSED, ids=[repr(uri)[:60] for uri in REFUSED])
def test_other_redirect_uris_are_refused(settled: AuthHarness, redirect_uri: object) -> None:
    """AS-4, AS-66, RFC 9700 §4.1, RFC 9207 §2: one bad URI refuses all, with the code that names the fault."""
    answer = registering(settled, redirect_uris=["https://good.example.com/callback", redirect_uri])
    assert error_of(answer) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize("redirect_uris", [[], None, CALLBACK, {}, 7, [CALLBACK] * 11])
def test_one_to_ten_redirect_uris_are_needed(settled: AuthHarness, redirect_uris: object) -> None:
    """AS-66, OAuth 2.1 §2.3.1."""
    assert error_of(registering(settled, redirect_uris=redirect_uris)) == (400, "invalid_redirect_uri")


def test_private_use_schemes_can_be_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-66: MCP itself asks for localhost or https."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, private_use_schemes=False))
    answer = registering(auth, redirect_uris=["cursor://anysphere.cursor-mcp/oauth/callback"])
    assert error_of(answer) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    ("application_type", "redirect_uri", "status"),
    [
        ("web", "http://localhost/callback", 201),
        ("web", "cursor://anysphere.cursor-mcp/oauth/callback", 201),
        ("native", "https://app.example.com/callback", 201),
        ("native", "http://app.example.com/callback", 400),
        ("other", "https://app.example.com/callback", 400),
        (7, "https://app.example.com/callback", 400),
    ],
)
def test_the_application_type(settled: AuthHarness, application_type: object, redirect_uri: str, status: int) -> None:
    """AS-67, OIDC Registration §2: `web` with a loopback URI is accepted, `native` never sends a code over http."""
    answer = registering(settled, application_type=application_type, redirect_uris=[redirect_uri])
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("redirect_uri", "expected"), [("https://app.example.com/cb", "web"), (CALLBACK, "native"), ("zed://cb", "native")]
)
def test_an_absent_application_type_is_told_by_the_uris(settled: AuthHarness, redirect_uri: str, expected: str) -> None:
    """AS-67, OIDC Registration §2."""
    assert registering(settled, redirect_uris=[redirect_uri]).json()["application_type"] == expected
