"""What surrounds every answer: origins, hosts, headers, and how failures look (RFC 9700 §2.6, MCP security)."""

from pathlib import Path

import pytest
import structlog.testing
from starlette.testclient import TestClient

from tests.auth_harness import CALLBACK, AuthHarness, auth_settings, error_of

OPEN = ["/.well-known/oauth-authorization-server", "/.well-known/jwks.json", "/register", "/token", "/revoke"]
PAGES = ["/authorize", "/login", "/account/apps", "/setup"]
INSPECTOR = "http://localhost:6274"
FOREIGN = "https://evil.example.com"


@pytest.fixture
def public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AuthHarness:
    """A server behind https."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    settings = auth_settings(tmp_path, issuer="https://auth.example.com", mcp_url="https://mcp.example.com/mcp")
    return AuthHarness(settings)


@pytest.mark.parametrize("path", OPEN)
def test_open_endpoints_have_cors_errors_included(public: AuthHarness, path: str) -> None:
    """AS-83, RFC 9700 §2.6: any origin, never with credentials, and WWW-Authenticate readable."""
    for method in ("GET", "POST"):
        answer = public.http.request(method, path, headers={"Origin": FOREIGN})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.headers["access-control-expose-headers"] == "WWW-Authenticate"


@pytest.mark.parametrize("path", OPEN)
def test_a_preflight_allows_what_clients_send(public: AuthHarness, path: str) -> None:
    """AS-83: Content-Type, Authorization, MCP-Protocol-Version."""
    headers = {
        "Origin": FOREIGN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,authorization,mcp-protocol-version",
    }
    answer = public.http.options(path, headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("content-type", "authorization", "mcp-protocol-version"))


def test_a_loopback_issuer_is_open_to_loopback_origins_alone(settled: AuthHarness) -> None:
    """AS-83, AS-97: no web site talks to a server on somebody's machine."""
    for path in OPEN:
        answer = settled.http.get(path, headers={"Origin": INSPECTOR})
        assert answer.headers["access-control-allow-origin"] == INSPECTOR
        refused = settled.http.get(path, headers={"Origin": FOREIGN})
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize("path", [*PAGES, "/introspect", "/internal/changes", "/health", "/nothing"])
def test_nothing_else_has_cors(public: AuthHarness, path: str) -> None:
    """AS-14, AS-83, OAuth 2.1 §3.1: pages are for people, internal endpoints for the other process."""
    headers = {"Origin": "https://auth.example.com", "Access-Control-Request-Method": "POST"}
    for answer in (public.http.get(path, headers=headers), public.http.options(path, headers=headers)):
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", [*PAGES, "/introspect", "/internal/changes"])
@pytest.mark.parametrize("origin", [FOREIGN, INSPECTOR, "http://localhost:8000"])
def test_a_foreign_origin_is_refused(settled: AuthHarness, path: str, origin: str) -> None:
    """AS-91, AS-97: another port of localhost is same-site, and still foreign."""
    assert settled.http.post(path, data={"a": "b"}, headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize("path", ["/token", "/register", "/revoke", "/register/cli_x", "/introspect"])
def test_a_frame_without_an_origin_is_refused_on_loopback(settled: AuthHarness, path: str) -> None:
    """AS-97: `Origin: null` is what any web site's sandboxed frame says; programs on this machine say none."""
    for headers in ({"Origin": "null"}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}):
        assert settled.http.post(path, headers=headers).status_code == 403
    assert settled.http.post(path).status_code != 403


@pytest.mark.parametrize("host", ["evil.example.com", "localhost.evil.example.com:9000", "", "a b"])
def test_an_unknown_host_is_refused(settled: AuthHarness, host: str) -> None:
    """AS-97: a rebound name reaches nothing, whatever the path."""
    for path in ("/health", "/login", "/token", "/nothing"):
        assert settled.http.get(path, headers={"Host": host}).status_code == 421


def test_plain_http_is_for_loopback_alone(tmp_path: Path) -> None:
    """AS-84, MCP authorization: the settings refuse it, so that nothing starts."""
    for issuer in ("http://auth.example.com", "http://192.168.0.2:9000", "ftp://localhost"):
        with pytest.raises(ValueError, match="http"):
            auth_settings(tmp_path, issuer=issuer)


def test_plain_http_stays_on_this_machine(tmp_path: Path) -> None:
    """AS-84, OAuth 2.1 §1.5: with plain-http URLs nothing listens where others could read along."""
    for host in ("0.0.0.0", "192.168.0.2", "::"):
        with pytest.raises(ValueError, match="loopback"):
            auth_settings(tmp_path, host=host)


def test_a_server_behind_https_refuses_what_crossed_the_network_readable(public: AuthHarness) -> None:
    """AS-84: whoever reaches the bare port past the proxy gets no page and no token."""
    crossing = TestClient(public.app, base_url="http://auth.example.com")
    for path in ("/login", "/token", "/.well-known/oauth-authorization-server"):
        answer = crossing.get(path)
        assert answer.status_code == 403
        assert "OSTIARY_TRUSTED_PROXIES" in answer.text
    assert public.http.get("/login").status_code == 200


def test_what_a_tunnel_calls_plain_http_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-84: the tunnel's end is on this machine, the person is not, and their password crossed a network readable."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    behind = auth_settings(tmp_path, issuer="https://auth.example.com", trusted_proxies="127.0.0.1")
    app = AuthHarness(behind).app
    tunnel = TestClient(app, base_url="http://127.0.0.1:9000", client=("127.0.0.1", 50000))

    def status(**forwarded: str) -> int:
        headers = {f"X-Forwarded-{name}": value for name, value in forwarded.items()}
        return int(tunnel.get("/login", headers={"Host": "auth.example.com"} | headers).status_code)

    assert status(For="203.0.113.9", Proto="https") == 200
    assert status(For="203.0.113.9", Proto="http") == 403
    assert status(For="203.0.113.9") == 403
    assert status() == 200


def test_hsts_comes_with_https_only(public: AuthHarness, settled: AuthHarness) -> None:
    """AS-84: on plain-http loopback it would lock other local servers out."""
    assert "strict-transport-security" in public.http.get("/token").headers
    assert "strict-transport-security" not in settled.http.get("/token").headers


def test_forwarded_addresses_count_from_trusted_proxies_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-84, RFC 7239 §8.1: nobody escapes the limit by a header, and a proxy's clients do not share one."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=1, trusted_proxies="10.0.0.0/8"))

    def registering(peer: str, forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        return int(
            auth.browser_at(peer).post("/register", json={"redirect_uris": [CALLBACK]}, headers=headers).status_code
        )

    assert [registering("192.0.2.1", f"198.51.100.{n}") for n in range(2)] == [201, 429]
    assert [registering("10.0.0.1", f"198.51.100.{n}") for n in range(2)] == [201, 201]


SPELLINGS = [
    "::ffff:198.51.100.{}",
    "198.51.100.{}:4711",
    '"198.51.100.{}:4711"',
    "[::ffff:198.51.100.{}]:4711",
    "2001:db8:{}::1",
    "[2001:db8:{}::1]",
    '"[2001:db8:{}::1]:4711"',
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_however_a_proxy_spells_addresses_each_has_a_limit_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    """AS-84, RFC 7239 §6: else one stranger uses up what everybody has, and nobody can sign in."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=1, trusted_proxies="10.0.0.0/8"))

    def registering(number: int) -> int:
        headers = {"X-Forwarded-For": f"203.0.113.1, {spelling.format(number)}"}
        proxy = auth.browser_at("::ffff:10.0.0.1")
        return int(proxy.post("/register", json={"redirect_uris": [CALLBACK]}, headers=headers).status_code)

    assert [registering(number) for number in (1, 2, 1)] == [201, 201, 429]


def test_a_trusted_network_may_be_written_as_a_socket_of_both_families_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AS-84."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=1, trusted_proxies="::ffff:10.0.0.0/104"))
    for number, peer in enumerate(("10.0.0.1", "::ffff:10.0.0.1")):
        auth.http = auth.browser_at(peer)
        auth.http.headers["X-Forwarded-For"] = f"198.51.100.{number}"
        assert auth.register()


@pytest.mark.parametrize("forwarded", [{"X-Forwarded-For": "unknown"}, {"X-Forwarded-Proto": "https"}])
def test_a_proxy_that_hides_who_asks_is_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forwarded: dict[str, str]
) -> None:
    """All limits by address share one key then, so whoever runs the server must hear of it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, trusted_proxies="10.0.0.0/8"))
    with structlog.testing.capture_logs() as written:
        for peer, headers in (("192.0.2.1", forwarded), ("10.0.0.1", {}), *[("10.0.0.1", forwarded)] * 3):
            auth.browser_at(peer).get("/health", headers=headers)
    assert [line["event"] for line in written].count("everybody_behind_the_proxy_shares_one_limit") == 1


PROGRAMS = ["/token", "/revoke", "/introspect", "/register/cli_x", "/.well-known/none", "/internal/x"]


@pytest.mark.parametrize("path", PROGRAMS)
def test_programs_get_errors_as_json(settled: AuthHarness, path: str) -> None:
    """AS-48: 404 and 405 too."""
    answer = settled.http.patch(path)
    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == "application/json"
    assert "error" in answer.json()


def test_people_get_errors_as_pages(settled: AuthHarness) -> None:
    """AS-22: with the headers of every page."""
    answer = settled.http.get("/nothing/here")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/token", "/login", "/nothing", "/.well-known/jwks.json"])
def test_every_answer_has_the_security_headers(settled: AuthHarness, path: str) -> None:
    """AS-22, AS-23, RFC 9700 §4.2.4, §4.16."""
    headers = settled.http.get(path).headers
    policy = headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert ("script-src 'none'" in policy) != ("script-src 'nonce-" in policy and path == "/login")
    assert "base-uri 'none'" in policy
    assert "form-action" not in policy


def test_a_failure_is_one_that_programs_can_read(auth: AuthHarness) -> None:
    """AS-48, AS-83: JSON, with CORS, and nothing of the cause."""
    auth.services.engine.dispose()
    for file in auth.settings.data_dir.glob("auth.db*"):
        file.unlink()
    answer = auth.http.get("/.well-known/jwks.json", headers={"Origin": INSPECTOR})
    assert answer.status_code in (500, 503)
    assert answer.headers["access-control-allow-origin"] == INSPECTOR
    assert "signing_keys" not in answer.text


def test_health_says_503_when_storage_is_gone(auth: AuthHarness) -> None:
    """And 200 with details before."""
    assert auth.http.get("/health").json()["status"] == "ok"
    auth.services.engine.dispose()
    for file in auth.settings.data_dir.glob("auth.db*"):
        file.unlink()
    answer = auth.http.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "error")


def test_there_are_no_api_docs_pages(settled: AuthHarness) -> None:
    """Closed by default: the metadata says what there is."""
    assert [settled.http.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404] * 3


def test_error_codes_of_the_api_are_readable(settled: AuthHarness) -> None:
    """AS-48."""
    assert error_of(settled.http.get("/.well-known/nothing")) == (404, "not_found")
