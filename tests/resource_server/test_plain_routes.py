"""What the resource server answers beside MCP: health, the root, and the catalog for the consent page."""

import time
from typing import Any

import httpx2
import pytest

from tests.doors import Doors, Person, wait_until
from tests.loopback import LOOPBACK


def get(doors: Doors, path: str, **headers: str) -> httpx2.Response:
    """A request without a token."""
    return httpx2.get(f"{doors.origin}{path}", headers=headers, **LOOPBACK)


def catalog(doors: Doors, user_id: str, header: dict[str, Any] | None = None, **claims: Any) -> httpx2.Response:
    """The catalog, asked as the authorization server asks, unless `header` or `claims` say otherwise."""
    complete = {
        "iss": doors.issuer,
        "aud": f"{doors.origin}/internal/catalog",
        "sub": user_id,
        "iat": int(time.time()),
        "exp": int(time.time()) + 30,
    }
    token = doors.sign(complete | claims, **({"typ": "catalog+jwt"} | (header or {})))
    return get(doors, f"/internal/catalog?sub={user_id}", Authorization=f"Bearer {token}")


def test_health_is_public_and_says_what_runs(doors: Doors) -> None:
    """K6, M23, C4, E9: 200 with details, without credentials, from any page."""
    answer = get(doors, "/health", Origin="https://evil.example")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert {"version", "backend", "mcp_sessions", "revocations"} <= answer.json().keys()


def test_health_is_503_when_storage_does_not_answer(own_doors: Doors) -> None:
    """E9: 503 and status "error", nothing about the cause."""
    for file in own_doors.data_dir.glob("resource.db*"):
        file.write_bytes(b"this is no database" * 1000)
    answer = get(own_doors, "/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "error"


def test_the_root_says_where_the_endpoint_is(doors: Doors) -> None:
    """K6, M22, C10: JSON for programs, a page for people, and a sentence for a client that posts there."""
    assert get(doors, "/").json()["mcp"] == doors.mcp_url
    page = get(doors, "/", Accept="text/html")
    assert page.headers["content-type"].startswith("text/html")
    assert doors.mcp_url in page.text
    posted = httpx2.post(doors.origin, json={}, **LOOPBACK)
    assert posted.status_code == 405
    assert doors.mcp_url in posted.json()["error_description"]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/nothing", "/mcp/x"])
def test_nothing_else_is_answered(doors: Doors, path: str) -> None:
    """No page that no one asked for."""
    assert get(doors, path).status_code == 404


def test_the_catalog_names_the_namespaces_in_use(mary: Person) -> None:
    """What the consent page offers beside `personal`."""
    connection = mary.connect(write=("*",))
    assert connection.call("memory_store", value="x", namespace="book-club").json()["result"]["isError"] is False
    answer = catalog(mary.doors, mary.doors.claims(connection)["sub"])
    assert answer.status_code == 200
    assert "book-club" in answer.json()["namespaces"]


def test_the_consent_page_offers_a_namespace_in_use(mary: Person) -> None:
    """The two servers agree on how the catalog is asked for."""
    mary.connect(write=("*",)).call("memory_store", value="x", namespace="travel")
    client_id = mary.doors.register()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": "http://127.0.0.1:33418/callback",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
        "resource": mary.doors.mcp_url,
    }
    wait_until(lambda: "travel" in mary.browser.get("/authorize", params=asked).text)


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "at+jwt"}, {}),
        ({}, {"aud": "http://localhost/mcp"}),
        ({}, {"exp": 1}),
        ({}, {"sub": "usr_01kah0000000000000000000bb"}),
        ({}, {"sub": None}),
        ({}, {"iss": "https://other.example"}),
    ],
    ids=str,
)
def test_the_catalog_answers_its_own_tokens_alone(doors: Doors, header: dict[str, Any], claims: dict[str, Any]) -> None:
    """AS-95: type, audience, person and time, each must fit."""
    assert catalog(doors, "usr_01kah0000000000000000000aa", header, **claims).status_code == 401


def test_an_access_token_does_not_open_the_catalog(mary: Person) -> None:
    """AS-95: an app cannot ask what namespaces exist."""
    connection = mary.connect()
    user_id = mary.doors.claims(connection)["sub"]
    answer = get(mary.doors, f"/internal/catalog?sub={user_id}", **connection.headers)
    assert answer.status_code == 401


def test_the_catalog_without_a_token_is_refused(doors: Doors) -> None:
    """Closed by default."""
    for query in ("", "?sub=", "?sub=usr_01kah0000000000000000000aa"):
        assert get(doors, f"/internal/catalog{query}").status_code == 401
