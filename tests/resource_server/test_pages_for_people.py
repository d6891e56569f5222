"""What people see who open an address of the resource server in a browser, and programs never do."""

import httpx2
import pytest

from tests.doors import Doors, Person
from tests.loopback import LOOPBACK

CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
PROGRAMS = (
    "",
    "*/*",
    "application/json",
    "text/event-stream",
    "application/json, text/event-stream",
    "application/json, text/event-stream, text/html",
    "text/html;q=0.5, application/json",
    "text/html;q=0",
)


def ask(doors: Doors, path: str, accept: str = CHROMIUM, method: str = "GET", **headers: str) -> httpx2.Response:
    """A request without a token, unless `headers` hold one."""
    return httpx2.request(method, f"{doors.origin}{path}", headers={"Accept": accept} | headers, **LOOPBACK)


def is_page(answer: httpx2.Response) -> bool:
    return answer.headers.get("content-type") == "text/html; charset=utf-8"


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/mcp", 401), ("/mcp/", 401), ("/sse", 404), ("/MCP", 404)])
def test_a_browser_gets_a_page_with_the_address_to_paste(doors: Doors, path: str, status: int) -> None:
    """K6, M22: wherever a person looks for the server, the page says what to give to the app."""
    page = ask(doors, path)
    assert page.status_code == status
    assert is_page(page)
    assert f"<code>{doors.mcp_url}</code>" in page.text
    assert f'href="{doors.issuer}/account/apps"' in page.text


@pytest.mark.parametrize("path", ["/", "/mcp", "/sse"])
def test_a_page_runs_nothing_and_is_kept_by_nobody(doors: Doors, path: str) -> None:
    """AS-22, AS-23: no script, no frame, no other origin; styles by their digest."""
    page = ask(doors, path)
    policy = page.headers["content-security-policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text


@pytest.mark.parametrize("accept", PROGRAMS)
@pytest.mark.parametrize("path", ["/mcp", "/sse"])
def test_programs_get_json(doors: Doors, path: str, accept: str) -> None:
    """RFC 9110 §12.5.1: a page goes to who prefers one, and to nobody else."""
    answer = ask(doors, path, accept)
    assert answer.headers["content-type"] == "application/json"
    assert "error" in answer.json()


def test_the_page_at_the_endpoint_is_the_same_refusal(doors: Doors) -> None:
    """RFC 9728 §5.1, RFC 6750 §3: the status and the challenge that a program gets."""
    page, answer = ask(doors, "/mcp"), ask(doors, "/mcp", "application/json")
    assert page.status_code == answer.status_code == 401
    assert page.headers["www-authenticate"] == answer.headers["www-authenticate"]
    assert "resource_metadata=" in page.headers["www-authenticate"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
def test_the_endpoint_draws_a_page_for_a_get_alone(doors: Doors, method: str) -> None:
    """Whatever a program's Accept says, what it sends is answered as ever."""
    answer = ask(doors, "/mcp", method=method)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/json"


def test_a_token_is_answered_as_a_programs(mary: Person) -> None:
    """A bad one is refused in JSON, and a good one reaches the endpoint, which serves no pages."""
    doors = mary.doors
    assert isinstance(doors, Doors)
    assert ask(doors, "/mcp", Authorization="Bearer rt_x").headers["content-type"] == "application/json"
    assert not is_page(ask(doors, "/mcp", **mary.connect().headers))
