"""MCP, streamable HTTP: which bodies and Accept headers are taken, and how each is answered (AS-114)."""

import json
from typing import Any

import httpx2
import pytest

from tests.doors import Connection, Person
from tests.loopback import LOOPBACK
from tests.mcp_messages import BOTH_KINDS, initialize, modern_headers, modern_request, request

STORE = {"name": "memory_store", "arguments": {"value": "x"}}


@pytest.fixture(scope="module")
def reader(mary: Person) -> Connection:
    """An app that may read, not write."""
    return mary.connect("memory:read")


def send(connection: Connection, body: bytes | str, **headers: str) -> httpx2.Response:
    """Exactly these bytes."""
    headers = connection.headers | {"Content-Type": "application/json"} | headers
    return httpx2.post(connection.mcp_url, content=body, headers=headers, **LOOPBACK)


@pytest.mark.parametrize("accept", ["*/*", None, "application/json", "application/*;q=0.5, */*;q=0.1"])
def test_hand_made_calls_are_answered_as_json(reader: Connection, accept: str | None) -> None:
    """K47: tools/list without initialize and without a session, as every guide's curl line does."""
    headers = reader.headers | {"Content-Type": "application/json"}
    wire = httpx2.Request("POST", reader.mcp_url, content=json.dumps(request("tools/list")), headers=headers)
    wire.headers.pop("accept", None)
    if accept is not None:
        wire.headers["accept"] = accept
    with httpx2.Client(**LOOPBACK) as client:
        answer = client.send(wire)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["result"]["tools"]


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/json;q=0"])
def test_an_accept_that_admits_nothing_of_ours_is_not_acceptable(reader: Connection, accept: str) -> None:
    """K37; RFC 9110 §12.5.1: 406."""
    assert send(reader, json.dumps(request("tools/list")), Accept=accept).status_code == 406


def test_initialize_with_empty_params_succeeds(reader: Connection) -> None:
    """M49: what the client leaves out is filled in for it."""
    for message in (request("initialize"), request("initialize", {}), request("initialize", {"capabilities": {}})):
        answer = reader.post(message)
        assert answer.status_code == 200
        assert answer.json()["result"]["serverInfo"]["name"] == "ostiary"


@pytest.mark.parametrize("path", ["", "/"])
def test_a_slash_at_the_end_is_served_without_a_redirect(reader: Connection, path: str) -> None:
    """The wire shape: a redirected POST would lose its token or its body."""
    answer = httpx2.post(f"{reader.mcp_url}{path}", json=request("ping"), headers=reader.headers, **LOOPBACK)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff\xfe{}", -32700),
        (json.dumps(request("ping")).encode("utf-16"), -32700),
        (b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":1e999}}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"\\ud800"}}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', -32700),
        (b"[" * 100_000, -32700),
        (b'{"a":' * 100_000, -32700),
        (b"[]", -32600),
        (b'"ping"', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":' + b'{"a":' * 64 + b"1" + b"}" * 65, -32600),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_single_message_is_a_bad_request(reader: Connection, body: bytes, code: int) -> None:
    """JSON-RPC 2.0 §5.1; AS-114: 400 with the code, never a 5xx, however deep or strange."""
    answer = send(reader, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize("part", ["[]", "{}", "0", '"":0'], ids=["arrays", "objects", "numbers", "names"])
def test_a_body_of_too_many_parts_is_refused_unread(reader: Connection, part: str) -> None:
    """AS-114: a legal body of nothing but small values would cost seconds of everybody's time."""
    parts = ",".join([part] * 100_000)
    filler = f"{{{parts}}}" if ":" in part else f"[{parts}]"
    answer = send(reader, f'{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":{filler}}}}}')
    assert answer.status_code == 400
    assert answer.json()["error"] == {"code": -32700, "message": "The body has more than 65536 parts."}


def test_the_longest_text_may_consist_of_commas(mary: Person) -> None:
    """What counts parts does not read strings, and leaves room for whatever a memory may hold."""
    assert mary.connect().call("memory_store", value=",[{" * 16_666).json()["result"]["isError"] is False


def test_a_batch_is_refused_whole(reader: Connection) -> None:
    """MCP 2025-06-18 removed batching; a batch must not carry a call past the scope check."""
    answer = send(reader, json.dumps([request("ping"), request("tools/call", STORE)]))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32600


@pytest.mark.parametrize("length", [1024 * 1024 + 1, 6 * 1024 * 1024])
def test_a_body_over_the_limit_is_too_large(reader: Connection, length: int) -> None:
    """AS-114: 413, announced or streamed."""
    assert send(reader, b" " * length).status_code == 413

    def chunks() -> Any:
        for _ in range(length // 65536 + 1):
            yield b" " * 65536

    headers = reader.headers | {"Content-Type": "application/json"}
    assert httpx2.post(reader.mcp_url, content=chunks(), headers=headers, **LOOPBACK).status_code == 413


def test_another_content_type_is_refused(reader: Connection) -> None:
    """A form of a foreign page cannot be read as a message."""
    body = json.dumps(request("ping"))
    assert send(reader, body, **{"Content-Type": "text/plain"}).status_code == 400
    assert send(reader, body, **{"Content-Type": "application/x-www-form-urlencoded"}).status_code == 400


@pytest.mark.parametrize(
    "disguise",
    [
        json.dumps(request("tools/call", STORE)).replace("tools/call", "tools\\u002fcall"),
        json.dumps(request("tools/call", STORE)).replace("memory_store", "memory\\u005fstore"),
        json.dumps(request("tools/call", STORE)).replace('"id"', '"\\u0069d"'),
    ],
)
def test_escapes_do_not_slip_a_call_past_the_scope_check(reader: Connection, disguise: str) -> None:
    """AS-118: the parsed body decides, in the form the handlers get."""
    assert send(reader, disguise).status_code == 403


def test_a_name_said_twice_does_not_slip_past(reader: Connection) -> None:
    """AS-118: two parsers may choose different ones of two equal names, so neither is taken."""
    for separators in ((", ", ": "), (",", ":")):
        once = json.dumps(request("tools/call", STORE), separators=separators)
        twice = once.replace('"method"', f'"method"{separators[1]}"tools/list"{separators[0]}"method"')
        assert send(reader, twice).status_code == 400
    inner = json.dumps(request("tools/call", STORE)).replace('{"name"', '{"name": "memory_stats", "name"')
    assert send(reader, inner).status_code == 400


def test_a_header_that_disagrees_does_not_slip_past(reader: Connection) -> None:
    """AS-118: the body decides in 2026-07-28 too, whatever Mcp-Name says."""
    headers = modern_headers("tools/call", "memory_stats")
    assert reader.post(modern_request("tools/call", STORE), **headers).status_code == 403


def test_a_missing_scope_is_403_in_both_eras_and_for_streaming_clients(reader: Connection) -> None:
    """AS-118: an older client that reads streams gets the status too, not an event inside a 200."""
    assert reader.post(request("tools/call", STORE), Accept=BOTH_KINDS).status_code == 403
    assert (
        reader.post(modern_request("tools/call", STORE), **modern_headers("tools/call", "memory_store")).status_code
        == 403
    )
    opened = reader.post(initialize(), Accept=BOTH_KINDS)
    session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
    assert reader.post(request("tools/call", STORE), Accept=BOTH_KINDS, **session).status_code == 403


def test_an_unknown_tool_is_an_error_of_the_protocol(reader: Connection) -> None:
    """MCP, server/tools, error handling: -32602, without a challenge."""
    answer = reader.call("no_such_tool")
    assert answer.json()["error"]["code"] == -32602
    assert "www-authenticate" not in answer.headers
