"""`ostiary up` with a public https address: the servers find each other inside, whatever stands in front."""

from pathlib import Path

import httpx2
import pytest

from auth_server.oauth.pkce import challenge_of
from tests.auth_harness import answer_parameters
from tests.cli.running import ostiary, running_pair
from tests.consent_form import approve_in_browser, sign_in_browser
from tests.mcp_messages import modern_headers, modern_request
from tests.servers import free_port

pytestmark = pytest.mark.xdist_group("up")

ORIGIN = "https://memory.example.org"
CALLBACK = "http://localhost:8123/callback"
PASSWORD = "correct horse battery staple"
FORWARDED = (("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"))
PUBLIC = {
    "OSTIARY_ISSUER": ORIGIN,
    "OSTIARY_MCP_URL": f"{ORIGIN}/mcp",
    "OSTIARY_TRUSTED_PROXIES": "127.0.0.1",
}


class ThroughProxy(httpx2.BaseTransport):
    """A proxy with TLS in front of both ports: passes requests on in plain http and says that they came by https."""

    def __init__(self, auth_port: int, mcp_port: int) -> None:
        self._ports = (auth_port, mcp_port)
        self._inside = httpx2.HTTPTransport()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """To the MCP server what is its own, everything else to the authorization server."""
        is_mcp = request.url.path.startswith(("/mcp", "/.well-known/oauth-protected-resource"))
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._ports[is_mcp])
        headers = httpx2.Headers([*request.headers.multi_items(), *FORWARDED])
        inner = httpx2.Request(request.method, url, headers=headers, stream=request.stream)
        return self._inside.handle_request(inner)

    def close(self) -> None:
        """Ends the connections inside."""
        self._inside.close()


def connected(browser: httpx2.Client) -> str:
    """Registration, sign-in, consent and the exchange of the code; gives the access token."""
    app = browser.post("/register", json={"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}).json()
    sign_in_browser(browser, "ada@example.org", PASSWORD)  # type: ignore[arg-type]
    asked = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": CALLBACK,
        "scope": "memory:read",
        "code_challenge": challenge_of("v" * 64),
        "code_challenge_method": "S256",
        "resource": f"{ORIGIN}/mcp",
    }
    code = answer_parameters(approve_in_browser(browser, asked, {}))["code"]  # type: ignore[arg-type]
    redeemed = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": "v" * 64}
    return str(browser.post("/token", data={"client_id": app["client_id"], **redeemed}).json()["access_token"])


def test_an_app_gets_through_to_its_tools(tmp_path: Path) -> None:
    person = ("users", "create", "--email", "ada@example.org", "--admin", "--password-stdin")
    assert ostiary(tmp_path, *person, given=PASSWORD).returncode == 0
    ports = (free_port(), free_port())
    with (
        running_pair(tmp_path, ports, **PUBLIC) as pair,
        httpx2.Client(base_url=ORIGIN, transport=ThroughProxy(*ports), timeout=30) as browser,
    ):
        assert (pair.issuer, pair.mcp_url) == (ORIGIN, f"{ORIGIN}/mcp")
        answer = browser.post(
            "/mcp",
            json=modern_request("tools/list"),
            headers=modern_headers("tools/list") | {"Authorization": f"Bearer {connected(browser)}"},
        )
    assert answer.status_code == 200, answer.text
    assert "memory_search" in answer.text


def test_a_server_that_cannot_reach_the_other_is_named_at_the_start(tmp_path: Path) -> None:
    """The line says where it looked and which setting names another place."""
    nobody = f"http://127.0.0.1:{free_port()}"
    with running_pair(tmp_path, OSTIARY_RESOURCE_AUTH_INTERNAL_URL=nobody) as pair:
        said = [line for line in pair.said.splitlines() if nobody in line]
    assert any(line.startswith("ostiary: ") and "OSTIARY_RESOURCE_AUTH_INTERNAL_URL" in line for line in said)
    assert any("change feed" in line and "OSTIARY_RESOURCE_AUTH_INTERNAL_URL" in line for line in said)
