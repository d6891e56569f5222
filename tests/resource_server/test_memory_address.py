"""The page at the address of a memory: what ChatGPT cites must open, and must tell a stranger nothing."""

import httpx2
import pytest

from shared.ids import new_id
from tests.doors import Connection, Doors, Person
from tests.loopback import LOOPBACK


@pytest.fixture(scope="module")
def connection(mary: Person) -> Connection:
    """An app with both scopes."""
    return mary.connect()


def get(url: str, **headers: str) -> httpx2.Response:
    """A browser without a session."""
    return httpx2.get(url, headers={"Accept": "text/html"} | headers, **LOOPBACK)


def test_what_search_cites_opens(connection: Connection, doors: Doors) -> None:
    """developers.openai.com, citation behavior: the URL is absolute and a person can open it."""
    connection.call("memory_store", text="The spare key hangs behind the barometer.", key="spare key")
    found = connection.call("search", query="barometer").json()["result"]["structuredContent"]["results"]
    assert found[0]["url"].startswith(f"{doors.origin}/memories/mem_")
    page = get(found[0]["url"])
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f"{doors.issuer}/account/apps" in page.text


def test_the_page_is_the_same_whether_or_not_there_is_a_memory(connection: Connection, doors: Doors) -> None:
    """AS-117: nobody learns from an address what exists, with a good token as little as without."""
    saved = connection.call("memory_store", text="x").json()["result"]["structuredContent"]["id"]
    pages = [get(f"{doors.origin}/memories/{one}") for one in (saved, new_id("mem"), "nothing", "%3Cscript%3E", "é")]
    pages.append(get(f"{doors.origin}/memories/{saved}", **connection.headers))
    assert len({(page.status_code, page.content) for page in pages}) == 1
    assert {tuple(page.headers.keys()) for page in pages} == {tuple(pages[0].headers.keys())}


def test_the_page_runs_nothing_and_loads_nothing(doors: Doors) -> None:
    """AS-22, AS-23: no script, no frame, no other origin; styles by their digest."""
    page = get(f"{doors.origin}/memories/mem_1")
    policy = page.headers["content-security-policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert "<script" not in page.text
    assert 'rel="stylesheet"' not in page.text


@pytest.mark.parametrize("path", ["/memories", "/memories/", "/memories/a/b"])
def test_what_is_no_address_is_not_found(doors: Doors, path: str) -> None:
    """Memories are not listed by address."""
    assert get(f"{doors.origin}{path}").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_an_address_takes_no_orders(doors: Doors, method: str) -> None:
    """Reading is all an address is for."""
    assert httpx2.request(method, f"{doors.origin}/memories/mem_1", **LOOPBACK).status_code == 405
