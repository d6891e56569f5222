"""RFC 9110 §7.6, RFC 9112 §6: what passes through the one port, in both directions, and what does not."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from resource_server.single_port.errors import SlowClientError
from resource_server.single_port.request_body import RequestBody
from resource_server.transport.bodies import ClientGoneError
from tests.loopback import LOOPBACK
from tests.resource_server.behind import BROKEN, DRIP, LONG, ODD, Behind, FrontDoor, front_door
from tests.servers import PATIENCE

pytestmark = pytest.mark.xdist_group("front-door")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    """One pair for the module; nobody is trusted as a proxy."""
    with front_door(tmp_path_factory.mktemp("front"), Behind()) as running:
        yield running


def told(door: FrontDoor, method: str = "GET", path: str = "/token", **sent: Any) -> dict[str, Any]:
    """What reached the authorization server."""
    answer = httpx2.request(method, f"{door.origin}{path}", **sent, **LOOPBACK)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def values(seen: dict[str, Any], name: str) -> list[str]:
    """A field's values, in the order they came."""
    return [value for field, value in seen["headers"] if field == name]


def test_method_target_host_and_body_arrive_as_they_were_sent(door: FrontDoor) -> None:
    path = "/token?a=%2F%2f&b=+%20&state=~'()*!"
    seen = told(door, "POST", path, content=b"grant_type=x", headers={"Content-Type": "text/odd; q=1"})
    assert (seen["method"], seen["target"], seen["body"]) == ("POST", path, "grant_type=x")
    assert values(seen, "host") == [door.origin.removeprefix("http://")]
    assert values(seen, "content-type") == ["text/odd; q=1"]
    assert values(seen, "content-length") == ["12"]


def test_a_client_of_ours_adds_nothing(door: FrontDoor) -> None:
    """The library's own User-Agent and Accept-Encoding would speak for the person's browser."""
    raw = door.raw(f"GET /login HTTP/1.1\r\nHost: localhost:{door.port}\r\nConnection: close\r\n\r\n".encode())
    assert raw.startswith(b"HTTP/1.1 200")
    names = {name for name, _ in door.behind.seen[-1]["headers"]}
    assert names == {"host", "x-forwarded-for", "x-forwarded-proto", "connection"}


def test_who_asks_is_said_by_us_alone(door: FrontDoor) -> None:
    """AS-84: what a client claims about itself is dropped; its address is the one it connects from."""
    claims = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "for=203.0.113.9;proto=https;host=evil.example",
        "X-Real-IP": "203.0.113.9",
        "Via": "1.1 evil",
    }
    seen = told(door, headers=claims)
    assert values(seen, "x-forwarded-for") == ["127.0.0.1"]
    assert values(seen, "x-forwarded-proto") == ["http"]
    assert "evil" not in str(seen["headers"])
    assert "203.0.113.9" not in str(seen["headers"])


def test_a_trusted_proxy_names_the_peer_and_the_scheme(tmp_path: Path) -> None:
    """AS-84: one true peer goes on, not the hearsay left of it."""
    public = {"issuer": "https://memory.example.org", "mcp_url": "https://memory.example.org/mcp"}
    with front_door(tmp_path, Behind(), **public, trusted_proxies=("127.0.0.1/32",)) as door:
        claims = {
            "Host": "memory.example.org",
            "X-Forwarded-For": "10.9.9.9, 203.0.113.9",
            "X-Forwarded-Proto": "https",
        }
        seen = told(door, headers=claims)
    assert values(seen, "x-forwarded-for") == ["203.0.113.9"]
    assert values(seen, "x-forwarded-proto") == ["https"]
    assert values(seen, "host") == ["memory.example.org"]


def test_fields_of_the_connection_end_here(door: FrontDoor) -> None:
    """RFC 9110 §7.6.1: those of the protocol and those that Connection names."""
    hop = {
        "Connection": "keep-alive, X-Hop",
        "Keep-Alive": "timeout=5",
        "Proxy-Authorization": "Basic eDp5",
        "TE": "trailers",
        "Upgrade": "websocket",
        "X-Hop": "1",
    }
    seen = told(door, headers=hop)
    names = {name for name, _ in seen["headers"]}
    assert not names & {"keep-alive", "proxy-authorization", "te", "upgrade", "x-hop"}
    assert values(seen, "connection") == ["close"]


def test_connection_cannot_take_away_what_keeps_the_request_together(door: FrontDoor) -> None:
    named = {"Connection": "Host, Content-Length, X-Forwarded-For, X-Forwarded-Proto"}
    seen = told(door, "POST", content=b"abc", headers=named)
    assert values(seen, "host") == [f"localhost:{door.port}"]
    assert seen["body"] == "abc"
    assert values(seen, "x-forwarded-for") == ["127.0.0.1"]


def test_an_answer_comes_back_as_it_was_given(door: FrontDoor) -> None:
    """Status, Location and every cookie; its own policy stays and stays single; nothing is followed or unpacked."""
    with httpx2.stream("GET", f"{door.origin}{ODD}", **LOOPBACK) as answer:
        content = b"".join(answer.iter_raw())
    assert (answer.status_code, content) == (303, b"not really gzip")
    assert answer.headers["location"] == "/login?next=%2F"
    assert len(answer.headers.get_list("set-cookie")) == 2
    assert answer.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert not {"keep-alive", "x-private"} & set(answer.headers)
    assert len(answer.headers.get_list("date")) == 1


def test_nothing_of_one_person_is_kept_for_the_next(door: FrontDoor) -> None:
    """The cookies that an answer set are in that browser alone."""
    with httpx2.stream("GET", f"{door.origin}{ODD}", **LOOPBACK) as answer:
        assert "set-cookie" in answer.headers
    assert values(told(door), "cookie") == []


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_other_methods_pass(door: FrontDoor, method: str) -> None:
    answer = httpx2.request(method, f"{door.origin}/register/cli_x", **LOOPBACK)
    assert answer.status_code == 200
    assert door.behind.seen[-1]["method"] == method
    assert (answer.content == b"") == (method == "HEAD")
    assert int(answer.headers["content-length"]) > 0


def test_an_answer_arrives_piece_by_piece(door: FrontDoor) -> None:
    """The second event is sent only after the first was read here."""
    door.behind.may_go_on.clear()
    with httpx2.stream("GET", f"{door.origin}{DRIP}", **LOOPBACK) as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == b"data: 1\n\n"
        door.behind.may_go_on.set()
        assert next(pieces) == b"data: 2\n\n"


def test_a_body_is_passed_on_while_it_arrives(door: FrontDoor) -> None:
    """The second half is made only after the first has reached the other side; its length is never announced."""
    door.behind.first_chunk.clear()

    def halves() -> Iterator[bytes]:
        yield b"first "
        assert door.behind.first_chunk.wait(PATIENCE)
        yield b"second"

    seen = told(door, "POST", content=halves())
    assert seen["body"] == "first second"
    assert values(seen, "transfer-encoding") == ["chunked"]
    assert values(seen, "content-length") == []


def test_a_client_that_asks_first_is_told_to_go_on(door: FrontDoor) -> None:
    """RFC 9110 §10.1.1: our own server answers the expectation; it is not passed on."""
    head = f"POST /token HTTP/1.1\r\nHost: localhost:{door.port}\r\nConnection: close\r\nContent-Length: 3\r\n"
    with socket.create_connection(("127.0.0.1", door.port), timeout=PATIENCE) as client:
        client.sendall((head + "Expect: 100-continue\r\n\r\n").encode())
        assert client.recv(65536).startswith(b"HTTP/1.1 100")
        client.sendall(b"a=b")
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
    assert values(door.behind.seen[-1], "expect") == []


@pytest.mark.anyio
async def test_a_body_that_stops_arriving_is_not_waited_for() -> None:
    """RFC 9110 §15.5.9: whoever sends a byte a day keeps no connection inside open."""
    body = RequestBody(anyio.sleep_forever, limit=10, seconds=0)
    with pytest.raises(SlowClientError):
        await anext(aiter(body))


@pytest.mark.anyio
async def test_a_client_that_leaves_in_the_middle_of_its_body_is_noticed() -> None:
    """What came so far is not taken for the whole."""
    messages = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"half", "more_body": True}]

    async def receive() -> dict[str, Any]:
        return messages.pop()

    arriving = aiter(RequestBody(receive, limit=10, seconds=60))
    assert await anext(arriving) == b"half"
    with pytest.raises(ClientGoneError):
        await anext(arriving)


def test_a_client_that_leaves_ends_its_request_inside(door: FrontDoor) -> None:
    async def ask_and_leave() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(f"GET {LONG} HTTP/1.1\r\nHost: localhost:{door.port}\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    door.behind.was_left.clear()
    asyncio.run(ask_and_leave())
    assert door.behind.was_left.wait(PATIENCE)


def test_an_answer_that_breaks_off_does_not_look_complete(door: FrontDoor) -> None:
    """RFC 9112 §8: the client must be able to tell."""
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.get(f"{door.origin}{BROKEN}", **LOOPBACK)


def test_a_server_that_is_down_is_a_page_for_people_and_json_for_programs(tmp_path: Path) -> None:
    """503 with Retry-After, and readable for a browser client's page of an origin that may ask (AS-83)."""
    with front_door(tmp_path, Behind(), auth_internal_url="http://127.0.0.1:1") as door:
        page = httpx2.get(f"{door.origin}/login", **LOOPBACK)
        inspector = {"Origin": "http://localhost:6274"}
        answer = httpx2.post(f"{door.origin}/token", headers=inspector, **LOOPBACK)
        stranger = httpx2.post(f"{door.origin}/token", headers={"Origin": "https://evil.example"}, **LOOPBACK)
    assert (page.status_code, answer.status_code) == (503, 503)
    assert page.headers["content-type"].startswith("text/html")
    assert answer.json()["error"] == "temporarily_unavailable"
    assert page.headers["retry-after"] == answer.headers["retry-after"] == "5"
    assert "127.0.0.1" not in page.text + answer.text
    assert answer.headers["access-control-allow-origin"] == "http://localhost:6274"
    assert "access-control-allow-origin" not in stranger.headers
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
