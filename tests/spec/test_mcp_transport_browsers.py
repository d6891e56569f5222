"""MCP, streamable HTTP, security warning: Origin, Host and what pages of a browser may see (AS-97)."""

import httpx2
import pytest

from resource_server.settings import Settings as ResourceSettings
from tests.doors import Doors, Person
from tests.loopback import LOOPBACK
from tests.mcp_messages import request

LIST = request("tools/list")


def post(doors: Doors, **headers: str) -> httpx2.Response:
    """A tools/list with these headers."""
    return httpx2.post(doors.mcp_url, json=LIST, headers=headers, **LOOPBACK)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "file://", ""])
def test_a_foreign_origin_is_forbidden(mary: Person, origin: str) -> None:
    """AS-97, E11: 403, also with a good token, and nothing a page could read."""
    answer = post(mary.doors, Origin=origin, **mary.connect().headers)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_two_origins_are_no_origin_of_ours(mary: Person) -> None:
    """AS-97: one of two Origin headers being fine does not make the request fine."""
    headers = [("Origin", mary.doors.origin), ("Origin", "https://evil.example"), *mary.connect().headers.items()]
    assert httpx2.post(mary.doors.mcp_url, json=LIST, headers=headers, **LOOPBACK).status_code == 403


@pytest.mark.parametrize("origin", ["http://localhost:6274", "http://127.0.0.1:6274", "http://[::1]:3000"])
def test_a_page_on_this_computer_may_call_and_read(mary: Person, origin: str) -> None:
    """E4, E17: loopback origins are allowed by default, as the Inspector needs."""
    answer = post(mary.doors, Origin=origin, **mary.connect().headers)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert "Origin" in answer.headers["vary"]


def test_a_missing_origin_is_fine(mary: Person) -> None:
    """E11: programs that are no browser send none."""
    assert post(mary.doors, **mary.connect().headers).status_code == 200


def test_a_page_can_read_the_challenge(doors: Doors) -> None:
    """AS-83: errors carry the CORS headers too, and expose WWW-Authenticate, else a page could never sign in."""
    answer = post(doors, Origin="http://localhost:6274")
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == "http://localhost:6274"
    assert {"WWW-Authenticate", "Mcp-Session-Id"} <= set(answer.headers["access-control-expose-headers"].split(", "))
    assert "access-control-allow-credentials" not in answer.headers


def test_a_preflight_needs_no_token(doors: Doors) -> None:
    """Fetch §3.2.2: browsers send preflights without credentials."""
    asked = "authorization, content-type, mcp-protocol-version, mcp-session-id, last-event-id, mcp-method, mcp-name"
    headers = {
        "Origin": "http://localhost:6274",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": f"{asked}, mcp-param-key",
    }
    answer = httpx2.options(doors.mcp_url, headers=headers, **LOOPBACK)
    assert answer.status_code == 204
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert {*asked.split(", "), "mcp-param-key"} <= set(allowed)
    assert {"GET", "POST", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(", "))


def test_a_preflight_from_a_foreign_page_is_forbidden(doors: Doors) -> None:
    """AS-97: the Origin check comes before everything else."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert httpx2.options(doors.mcp_url, headers=headers, **LOOPBACK).status_code == 403


@pytest.mark.parametrize("path", ["/mcp", "/health", "/", "/.well-known/oauth-protected-resource"])
def test_a_foreign_host_is_misdirected(doors: Doors, path: str) -> None:
    """AS-97, E12: 421 for a name that was rebound to this address."""
    answer = httpx2.get(f"{doors.origin}{path}", headers={"Host": "evil.example"}, **LOOPBACK)
    assert answer.status_code == 421


def test_every_answer_carries_the_security_headers(doors: Doors) -> None:
    """M19: on all responses, refusals included."""
    for answer in (httpx2.get(f"{doors.origin}/health", **LOOPBACK), post(doors)):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-xss-protection"] == "1; mode=block"
        assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"


def test_further_origins_are_allowed_by_a_setting(own_doors: Doors) -> None:
    """E4, M18: in the form people write them; everything else stays foreign."""
    own_doors.stop_resource()
    own_doors.resource_settings["allowed_origins"] = "https://Chat.example/, https://other.example:443"
    own_doors.start_resource()
    for origin in ("https://chat.example", "https://other.example"):
        assert post(own_doors, Origin=origin).headers["access-control-allow-origin"] == origin
    assert post(own_doors, Origin="https://chat.example.evil").status_code == 403


def test_a_setting_that_is_no_origin_stops_the_start() -> None:
    """A typing error must not open the door to nobody without a word."""
    with pytest.raises(ValueError, match="allowed_origins"):
        ResourceSettings(allowed_origins="chat.example")
