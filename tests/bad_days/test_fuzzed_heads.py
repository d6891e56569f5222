"""A head is answered the same when it is known as when it came for the first time, whatever stands in it."""

import json
import re
import secrets
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.doors import Doors, Person
from tests.key_holders import key_of
from tests.mcp_messages import modern_request
from tests.servers import PATIENCE

BODY = json.dumps(modern_request("server/discover", {})).encode()
Fields = list[tuple[str, str]]
Answer = tuple[bytes, bytes]
CHANGES_EACH_TIME = re.compile(rb"^(date|x-request-id):.*\r\n", re.MULTILINE | re.IGNORECASE)
TARGETS = st.sampled_from(
    ["/mcp"] * 20
    + ["/mcp/", "/%6dcp", "/mcp?x=1", "/mcp?access_token=1", "//mcp", "/mcp;a", "/mcp%2f", "/./mcp", "/MCP"]
)
OTHERS = st.sampled_from([
    *[("Accept", kind) for kind in ("*/*", "text/html", "application/json", "text/event-stream", "image/png;q=0")],
    *[("Content-Type", kind) for kind in ("application/json", "text/plain", "APPLICATION/JSON ;a=b")],
    *[("MCP-Protocol-Version", version) for version in ("2026-07-28", "2025-11-25", "x")],
    *[("Mcp-Method", method) for method in ("server/discover", "tools/list")],
    *[("X-User-ID", person) for person in ("usr_x", "", " ")],
    *[("X-Forwarded-For", peer) for peer in ("1.2.3.4", "evil, 10.0.0.1", "::ffff:127.0.0.1")],
    *[("Origin", origin) for origin in ("https://evil.example", "null")],
    *[("Host", host) for host in ("evil.example", "127.0.0.1")],
    *[("Mcp-Session-Id", session) for session in ("x", "")],
    *[("X-API-Key", "another"), ("User-Agent", "x"), ("Cookie", "a=b"), ("Expect", "100-continue"), ("X-Empty", "")],
    ("Authorization", "Bearer another"),
])  # fmt: skip


def answer(doors: Doors, target: str, fields: Fields) -> Answer:
    """Head and body of the answer, without what is another each time."""
    whole = [*fields, ("Content-Length", str(len(BODY))), ("Connection", "close")]
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in whole), "", ""]
    with socket.create_connection(("127.0.0.1", doors.resource_port), timeout=PATIENCE) as connection:
        connection.sendall("\r\n".join(lines).encode() + BODY)
        came = b""
        while piece := connection.recv(65536):
            came += piece
    head, _, body = came.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
    return CHANGES_EACH_TIME.sub(b"", head), body


@pytest.fixture(scope="module")
def usual(doors: Doors) -> Fields:
    """With these a request is let in."""
    person: Person = doors.person()
    sent = {"Host": f"localhost:{doors.resource_port}", "Content-Type": "application/json"}
    modern = {"Accept": "application/json", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "server/discover"}
    return list((sent | modern | key_of(person).headers).items())


@settings(
    max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(target=TARGETS, left_out=st.sets(st.integers(0, 4), max_size=1), more=st.lists(OTHERS, max_size=2))
def test_a_head_that_is_known_is_answered_as_at_first(
    doors: Doors, usual: Fields, target: str, left_out: set[int], more: Fields
) -> None:
    kept = [field for number, field in enumerate(usual) if number not in left_out] + more
    first = answer(doors, target, [*kept, ("X-Other", secrets.token_hex(8))])
    assert [answer(doors, target, [*kept, ("X-Other", "of all")]) for _ in range(2)] == [first] * 2
