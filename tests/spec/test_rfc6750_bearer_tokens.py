"""RFC 6750: bearer token usage, as the resource server demands it."""

import httpx2
import pytest

from tests.doors import Doors, Person
from tests.loopback import LOOPBACK

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def send(doors: Doors, method: str = "POST", query: str = "", **headers: str) -> httpx2.Response:
    """A request that carries exactly these headers."""
    body = LIST if method == "POST" else None
    return httpx2.request(method, doors.mcp_url + query, json=body, headers=headers, **LOOPBACK)


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE", "PUT", "OPTIONS"])
def test_without_a_token_every_method_is_challenged(doors: Doors, method: str) -> None:
    """RFC 6750 §3.1; MCP authorization: 401, no error code, absolute metadata URL, the scope to ask for."""
    answer = send(doors, method)
    assert answer.status_code == 401
    metadata = f"{doors.origin}/.well-known/oauth-protected-resource/mcp"
    expected = f'Bearer resource_metadata="{metadata}", scope="memory:read memory:write"'
    assert answer.headers["www-authenticate"] == expected


def test_the_first_post_is_challenged_before_its_body_is_read(doors: Doors) -> None:
    """MCP authorization: the first POST of a client, initialize, must be answered with 401 as any other."""
    answer = httpx2.post(doors.mcp_url, content=b"\xff not json", **LOOPBACK)
    assert answer.status_code == 401


def test_another_scheme_counts_as_no_credentials(doors: Doors) -> None:
    """RFC 6750 §3.1: an unsupported authentication method gets no error code."""
    answer = send(doors, Authorization="Basic YTpi")
    assert answer.status_code == 401
    assert "error" not in answer.headers["www-authenticate"]


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "rt_secret", "eyJhbGciOiJub25lIn0.e30.", "a b", '"', "x" * 9000])
def test_a_bad_token_is_named_invalid(doors: Doors, token: str) -> None:
    """RFC 6750 §3.1: error="invalid_token"; the scope stays beside it, never inside a description."""
    answer = send(doors, Authorization=f"Bearer {token}")
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="invalid_token", error_description="')
    assert challenge.count("scope=") == 1


def test_a_scheme_without_a_token_is_a_bad_token(doors: Doors) -> None:
    """RFC 6750 §2.1: `Bearer` alone tried to authenticate, and failed."""
    assert 'error="invalid_token"' in send(doors, Authorization="Bearer").headers["www-authenticate"]


@pytest.mark.parametrize("name", ["token", "access_token", "TOKEN"])
def test_a_token_in_the_url_is_refused_with_an_explanation(mary: Person, name: str) -> None:
    """C6; MCP authorization, access token usage: tokens MUST NOT be in the URI, good ones included."""
    connection = mary.connect()
    answer = send(mary.doors, query=f"?{name}={connection.access_token}", **connection.headers)
    assert answer.status_code == 401
    assert "URL" in answer.json()["error"]["message"]
    assert connection.access_token not in answer.text


def test_two_authorization_headers_are_refused(mary: Person) -> None:
    """RFC 6750 §2: one method, once; two readers must not choose differently."""
    token = mary.connect().access_token
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    answer = httpx2.post(mary.doors.mcp_url, json=LIST, headers=headers, **LOOPBACK)
    assert answer.status_code == 401


def test_the_scheme_is_matched_in_any_case(mary: Person) -> None:
    """RFC 9110 §11.1: the scheme is case-insensitive."""
    answer = send(mary.doors, Authorization=f"bEARER {mary.connect().access_token}")
    assert answer.status_code == 200


def test_a_missing_scope_is_answered_with_everything_to_ask_for(mary: Person) -> None:
    """RFC 6750 §3.1, MCP step-up (AS-118): 403, insufficient_scope, and a scope that loses nothing held already."""
    answer = mary.connect("memory:read").call("memory_store", value="x")
    assert answer.status_code == 403
    metadata = f"{mary.doors.origin}/.well-known/oauth-protected-resource/mcp"
    assert answer.headers["www-authenticate"] == (
        f'Bearer error="insufficient_scope", resource_metadata="{metadata}", scope="memory:read memory:write"'
    )


def test_a_refused_call_echoes_its_id_and_names_what_it_needs(mary: Person) -> None:
    """A client without OAuth reads the refusal as the answer to its request (AS-118)."""
    body = mary.connect("memory:read").call("memory_store", value="x").json()
    assert body["id"] == 1
    assert body["error"]["code"] == -32003
    assert body["error"]["data"] == {"requiredScopes": ["memory:write"]}


def test_cookies_open_nothing(mary: Person) -> None:
    """AS-92: /mcp ignores cookies, also those of a person who is signed in."""
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in mary.browser.cookies.jar)
    assert cookies
    assert send(mary.doors, Cookie=cookies).status_code == 401
