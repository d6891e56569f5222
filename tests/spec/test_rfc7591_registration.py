"""RFC 7591: dynamic client registration."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from auth_server.models import Client, Grant
from shared.clock import now
from tests.auth_harness import CALLBACK, AuthHarness, auth_settings, error_of, later


def registering(auth: AuthHarness, **metadata: Any) -> Any:
    """The answer to a registration of a public client with these changes."""
    document = {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
    return auth.http.post("/register", json=document | metadata)


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


def test_a_public_client_gets_no_secret(settled: AuthHarness) -> None:
    """AS-68, RFC 7591 §3.2.1."""
    body = registering(settled).json()
    assert not {"client_secret", "client_secret_expires_at"} & body.keys()


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic", None])
def test_a_confidential_client_gets_its_secret_once(settled: AuthHarness, method: str | None) -> None:
    """AS-68, RFC 7591 §2, §3.2.1: with the time it ends; reading the registration later does not show it again."""
    body = registering(settled, token_endpoint_auth_method=method).json()
    assert (len(body["client_secret"]) > 40, body["client_secret_expires_at"]) == (True, 0)
    header = {"Authorization": f"Bearer {body['registration_access_token']}"}
    assert "client_secret" not in settled.http.get(body["registration_client_uri"], headers=header).json()


def test_the_answer_repeats_what_was_registered(settled: AuthHarness) -> None:
    """RFC 7591 §3.2.1, RFC 7592 §3: and says where the registration can be changed."""
    body = registering(settled, client_name="My app", client_uri="https://app.example.com").json()
    assert (body["client_name"], body["client_uri"]) == ("My app", "https://app.example.com")
    assert body["registration_client_uri"] == f"{settled.settings.issuer}/register/{body['client_id']}"
    assert {"client_id_issued_at", "registration_access_token", "response_types", "grant_types"} <= body.keys()


@pytest.mark.parametrize("method", ["private_key_jwt", "tls_client_auth", "", 7, ["none"]])
def test_other_authentication_methods_are_refused(settled: AuthHarness, method: object) -> None:
    """RFC 7591 §3.2.2."""
    answer = registering(settled, token_endpoint_auth_method=method)
    assert error_of(answer) == (400, "invalid_client_metadata")


def test_grants_and_scopes_are_narrowed(settled: AuthHarness) -> None:
    """AS-69, RFC 7591 §2, §5: instead of refused, and the answer says what is left."""
    body = registering(
        settled,
        grant_types=["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        scope="memory:read openid admin",
    ).json()
    assert (body["grant_types"], body["scope"]) == (["authorization_code"], "memory:read")


@pytest.mark.parametrize(
    "grant_types",
    [["client_credentials"], ["urn:ietf:params:oauth:grant-type:token-exchange"], [], "authorization_code", [7]],
)
def test_a_client_without_a_usable_grant_is_refused(settled: AuthHarness, grant_types: object) -> None:
    """AS-69, RFC 7591 §3.2.2: what registers itself cannot act without a person."""
    assert error_of(registering(settled, grant_types=grant_types)) == (400, "invalid_client_metadata")


def test_a_registered_client_cannot_introspect(settled: AuthHarness) -> None:
    """AS-69, RFC 7662 §2.1."""
    client = settled.register(token_endpoint_auth_method="client_secret_basic")
    credential = (client.id, client.information["client_secret"])
    answer = settled.http.post("/introspect", data={"token": "x"}, auth=credential)
    assert error_of(answer) == (401, "invalid_client")


def test_client_ids_are_ours(settled: AuthHarness) -> None:
    """AS-71: never a URL, never what the client asked for."""
    assert registering(settled, client_id="https://evil.example.com/client").json()["client_id"].startswith("cli_")


def test_every_registration_is_a_new_client(settled: AuthHarness) -> None:
    """RFC 7591 §3: also with the same document."""
    assert registering(settled).json()["client_id"] != registering(settled).json()["client_id"]


def test_the_name_is_cleaned(settled: AuthHarness) -> None:
    """AS-30, RFC 7591 §5: no control or direction marks, and no endless names."""
    name = "Cla\u202eude\u200b\x00\r\n  <b>" + "x" * 500
    shown = registering(settled, client_name=name).json()["client_name"]
    assert shown.startswith("Claude <b>xxx")
    assert len(shown) == 100


@pytest.mark.parametrize("member", ["client_name", "client_uri", "logo_uri", "scope"])
def test_a_member_of_the_wrong_type_is_refused(settled: AuthHarness, member: str) -> None:
    """RFC 7591 §3.2.2: 400, never a server error."""
    for value in (7, ["x"], {"x": "y"}, True):
        assert error_of(registering(settled, **{member: value})) == (400, "invalid_client_metadata")


def test_unsafe_links_are_left_out(settled: AuthHarness) -> None:
    """RFC 7591 §5: what a person could click is https."""
    body = registering(settled, client_uri="javascript:alert(1)", logo_uri="http://example.com/logo.png").json()
    assert not {"client_uri", "logo_uri"} & body.keys()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b'"x"', b"null", b"\xff\xfe", b"[" * 30_000, b'{"redirect_uris": "\\ud800"}', b"1" * 5000],
)
def test_a_body_that_is_no_document_is_refused(settled: AuthHarness, body: bytes) -> None:
    """AS-114, RFC 7591 §3.2.2: JSON of any depth."""
    answer = settled.http.post("/register", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


def test_lone_surrogates_are_no_server_error(settled: AuthHarness) -> None:
    """AS-16: JSON can say what UTF-8 cannot."""
    body = b'{"redirect_uris": ["https://example.com/cb"], "client_name": "a\\ud800b", "scope": "\\ud800"}'
    answer = settled.http.post("/register", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201
    assert answer.json()["client_name"] == "ab"


def test_a_body_beyond_64_kilobytes_is_refused(settled: AuthHarness) -> None:
    """AS-70."""
    assert registering(settled, client_name="x" * 70_000).status_code == 413


def test_a_form_is_no_registration(settled: AuthHarness) -> None:
    """RFC 7591 §3.1: JSON only, which no foreign form can send."""
    assert settled.http.post("/register", data={"redirect_uris": CALLBACK}).status_code == 400


def test_registrations_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-70: per address, answered with 429 and Retry-After; an hour later there is room again."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=3, trusted_proxies="127.0.0.0/8"))
    auth.http = auth.browser_at("127.0.0.1")
    statuses = [registering(auth).status_code for _ in range(4)]
    assert statuses == [201, 201, 201, 429]
    refused = registering(auth)
    assert (refused.json()["error"], "retry-after" in refused.headers) == ("temporarily_unavailable", True)
    behind_proxy = auth.http.post(
        "/register", json={"redirect_uris": [CALLBACK]}, headers={"X-Forwarded-For": "192.0.2.7"}
    )
    assert behind_proxy.status_code == 201
    with later(minutes=61):
        assert registering(auth).status_code == 201


def test_a_household_of_ipv6_addresses_registers_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-70: whoever has one /64 cannot register from each of its addresses."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=1))
    statuses = []
    for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
        auth.http = auth.browser_at(address)
        statuses.append(registering(auth).status_code)
    assert statuses == [201, 429, 201]


def test_all_addresses_together_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-70: ten times as many from everywhere."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=1))
    statuses = []
    for host in range(11):
        auth.http = auth.browser_at(f"192.0.2.{host}")
        statuses.append(registering(auth).status_code)
    assert statuses == [201] * 10 + [429]


def remaining(auth: AuthHarness) -> set[str]:
    with auth.database() as session:
        return set(session.exec(select(Client.client_id)))


def test_a_client_that_never_reached_consent_dies_after_an_hour(ada: AuthHarness) -> None:
    """AS-70: repeated registrations do not pile up."""
    unseen = ada.register()
    with later(minutes=59):
        ada.register()
        assert unseen.id in remaining(ada)
    with later(minutes=61):
        ada.register()
        assert unseen.id not in remaining(ada)


def test_a_client_that_never_held_a_grant_dies_after_thirty_days(ada: AuthHarness) -> None:
    """AS-70: somebody saw its consent page and did not go on."""
    shown = ada.register()
    assert ada.authorize(shown).status_code == 200
    with later(days=29):
        ada.register()
        assert shown.id in remaining(ada)
    with later(days=31):
        ada.register()
        assert shown.id not in remaining(ada)


def test_a_client_with_a_grant_lives_on(ada: AuthHarness) -> None:
    """AS-70: however long it is idle, and also when the grant has ended."""
    used = ada.connected_client()
    with ada.database() as session:
        for grant in session.exec(select(Grant)):
            grant.revoked_at = now()
            session.add(grant)
    with later(days=400):
        ada.register()
        assert used.id in remaining(ada)
