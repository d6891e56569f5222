"""MCP 2026-07-28: one request, one answer, no session; the headers repeat the body."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.doors import Connection, Person
from tests.loopback import LOOPBACK
from tests.mcp_messages import BOTH_KINDS, MODERN, modern_headers, modern_request, request

STORE = {"name": "memory_store", "arguments": {"value": "tea, not coffee"}}


@pytest.fixture(scope="module")
def connection(mary: Person) -> Connection:
    """An app with both scopes."""
    return mary.connect()


def modern(
    connection: Connection, method: str, params: dict[str, Any] | None = None, **headers: str
) -> httpx2.Response:
    """A request with the headers it needs, unless `headers` replaces them."""
    complete = modern_headers(method, (params or {}).get("name")) | headers
    return connection.post(modern_request(method, params), **complete)


def test_discover_tells_versions_capabilities_and_fixed_instructions(connection: Connection) -> None:
    """MCP 2026-07-28, server/discover: one request instead of a handshake (AS-99: the text is the same for all)."""
    result = modern(connection, "server/discover").json()["result"]
    assert MODERN in result["supportedVersions"]
    assert "tools" in result["capabilities"]
    assert result["instructions"].startswith("Ostiary")


def test_no_session_is_offered_or_needed(connection: Connection) -> None:
    """MCP 2026-07-28: requests are self-contained; a session id some client still sends is ignored."""
    answer = modern(connection, "tools/list", **{"Mcp-Session-Id": "left-over"})
    assert answer.status_code == 200
    assert "mcp-session-id" not in answer.headers


def test_a_list_is_private_and_fresh(connection: Connection) -> None:
    """SEP-2549, AS-117: what is listed depends on the grant, so nobody may share it or keep it."""
    result = modern(connection, "tools/list").json()["result"]
    assert result["cacheScope"] == "private"
    assert result["ttlMs"] == 0


def test_a_call_answers_with_structured_content(connection: Connection) -> None:
    """MCP, server/tools: the same path serves both eras."""
    result = modern(connection, "tools/call", STORE).json()["result"]
    assert result["structuredContent"]["created"] is True


def test_a_call_that_asks_for_progress_may_be_streamed(connection: Connection) -> None:
    """Streamable HTTP: a progress token needs a connection that can carry news before the answer."""
    message = modern_request("tools/call", STORE, progressToken="p1")
    answer = connection.post(message, **modern_headers("tools/call", "memory_store"))
    assert answer.status_code == 200
    assert answer.json()["result"]["isError"] is False


@pytest.mark.parametrize(
    "headers",
    [{"Mcp-Method": "tools/call"}, {"Mcp-Name": "memory_list"}, {"MCP-Protocol-Version": "2026-07-29"}],
    ids=lambda headers: next(iter(headers)),
)
def test_headers_that_disagree_with_the_body_are_refused(connection: Connection, headers: dict[str, str]) -> None:
    """MCP 2026-07-28, streamable HTTP: 400 with -32020."""
    params = STORE if "Mcp-Name" in headers else None
    answer = modern(connection, "tools/call" if params else "tools/list", params, **headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32020


def test_an_envelope_without_the_version_header_is_refused(connection: Connection) -> None:
    """MCP 2026-07-28, streamable HTTP: the header is required; the body is not served as an older client's."""
    answer = connection.post(modern_request("tools/list"))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32020
    assert answer.json()["id"] == 1


def test_an_unknown_version_is_refused_with_the_ones_served(connection: Connection) -> None:
    """MCP 2026-07-28, versioning: -32022 names what is supported, so that the client can choose."""
    message = modern_request("tools/list", **{"io.modelcontextprotocol/protocolVersion": "2099-01-01"})
    answer = connection.post(message, **modern_headers("tools/list") | {"MCP-Protocol-Version": "2099-01-01"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32022
    assert answer.json()["error"]["data"]["supported"] == [MODERN]


def test_blanks_around_header_values_mean_nothing(connection: Connection) -> None:
    """RFC 9110 §5.5: whitespace around a field value is not part of it; httptools leaves it there."""
    headers = {name: f"{value} \t" for name, value in modern_headers("tools/list").items()}
    url = urlsplit(connection.mcp_url)
    plain = HTTPConnection(url.netloc)  # httpx2 refuses to send such values
    body = json.dumps(modern_request("tools/list"))
    plain.request("POST", url.path, body, connection.headers | {"Content-Type": "application/json"} | headers)
    status = plain.getresponse().status
    plain.close()
    assert status == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_is_no_stream_to_get_and_no_session_to_delete(connection: Connection, method: str) -> None:
    """MCP 2026-07-28, streamable HTTP: 405 with Allow: POST."""
    headers = connection.headers | {"MCP-Protocol-Version": MODERN, "Accept": BOTH_KINDS}
    answer = httpx2.request(method, connection.mcp_url, headers=headers, **LOOPBACK)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("method", ["ping", "logging/setLevel", "no/such", "resources/subscribe"])
def test_a_method_that_does_not_exist_is_not_found(connection: Connection, method: str) -> None:
    """MCP 2026-07-28, streamable HTTP: 404 with -32601."""
    answer = modern(connection, method)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == -32601


def test_a_notification_is_acknowledged(connection: Connection) -> None:
    """MCP 2026-07-28, streamable HTTP: 202 without a body."""
    message = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    answer = connection.post(message, **modern_headers("notifications/cancelled"))
    assert answer.status_code == 202


def test_older_calls_beside_it_are_served_at_the_same_url(connection: Connection) -> None:
    """E8, K47: one endpoint, every revision."""
    assert connection.post(request("ping")).json() == {"jsonrpc": "2.0", "id": 1, "result": {}}
