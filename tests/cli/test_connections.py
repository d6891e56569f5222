"""What comes before a request is bounded in size and time, as bytes on a socket (RFC 6585 §5, RFC 9110 §15.5.9)."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, prlimit, setrlimit

import anyio
import pytest
import structlog.testing
from starlette.types import Receive, Scope, Send

from cli.connections import MAX_HEAD, Connection
from shared.log_floods import OF_ONE_CLIENT
from tests.doors import wait_until
from tests.installation import Installation
from tests.servers import PATIENCE, RunningServer, free_port

SOON = 0.2


class ImpatientConnection(Connection):
    """Does not wait as long as people would have to."""

    head_seconds = SOON


@dataclass
class Listener:
    """An application that answers with the length of the body; /early does not read it, /late lets wait for itself."""

    heard: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.heard.append(scope["path"])
        body = b"" if scope["path"] == "/early" else await self._read(scope, receive)
        if scope["path"] == "/late":
            await anyio.sleep(4 * SOON)
        content = str(len(body)).encode()
        headers = [(b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left.append(scope["path"])
                return body
            body += message["body"]
            if not message["more_body"]:
                return body


@dataclass(frozen=True)
class Place:
    """A running server, and its application."""

    port: int
    listener: Listener

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        """One connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            yield connection

    def answer(self, *pieces: bytes) -> bytes:
        """Sends the pieces and gives what comes until the server closes."""
        with self.connected() as connection:
            for piece in pieces:
                connection.sendall(piece)
            return everything(connection)


def everything(connection: socket.socket) -> bytes:
    """Until the server closes."""
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
    return answer


def place_with(connection: type[Connection]) -> Iterator[Place]:
    listener, port = Listener(), free_port()
    server = RunningServer(listener, port, connection)
    yield Place(port, listener)
    server.stop()


@pytest.fixture(scope="module")
def patient() -> Iterator[Place]:
    """As it runs."""
    yield from place_with(Connection)


@pytest.fixture(scope="module")
def impatient() -> Iterator[Place]:
    """The same with short deadlines."""
    yield from place_with(ImpatientConnection)


def head(line: str, *fields: str) -> bytes:
    """Complete."""
    return "\r\n".join([f"{line} HTTP/1.1", "Host: localhost", *fields, "", ""]).encode()


CHUNKED = head("POST /body", "Transfer-Encoding: chunked")
MUCH = 4 * MAX_HEAD
ENDLESS = {
    "fields": head("GET /endless")[:-2] + b"X-A: a\r\n" * (MUCH // 8),
    "one field": head("GET /endless")[:-2] + b"X-A: " + b"a" * MUCH,
    "a target": b"GET /" + b"a" * MUCH,
    "empty lines": b"\r\n" * (MUCH // 2),
    "trailers": CHUNKED + b"1\r\na\r\n0\r\n" + b"X-A: a\r\n" * (MUCH // 8),
    "one trailer": CHUNKED + b"1\r\na\r\n0\r\nX-A: " + b"a" * MUCH,
    "a chunk extension": CHUNKED + b"1;x=" + b"a" * MUCH,
}


def test_a_head_that_began_with_the_end_of_another_request_is_measured_whole(patient: Place) -> None:
    long = head("GET /long", *["X-A: " + "a" * 1000] * (MAX_HEAD // 600))
    with patient.connected() as connection:
        connection.sendall(head("GET /first") + long[: MAX_HEAD - 1000])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(long[MAX_HEAD - 1000 :])
        assert everything(connection).startswith(b"HTTP/1.1 431")
    assert "/long" not in patient.listener.heard


@pytest.mark.parametrize("what", ENDLESS)
def test_what_does_not_end_is_refused(patient: Place, what: str) -> None:
    """RFC 6585 §5: 431 and a line in the log; nothing of it is kept, and no application hears of a head without end."""
    patient.listener.heard.clear()
    with structlog.testing.capture_logs() as written:
        answer = patient.answer(ENDLESS[what])
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert [(line["step"], line["reason"]) for line in written] == [("reach", "head_too_large")]
    assert "/endless" not in patient.listener.heard


def test_a_large_head_is_measured_also_when_it_comes_at_once(patient: Place) -> None:
    """RFC 6585 §5: the limit does not depend on how the bytes are cut."""
    fields = ["X-A: " + "a" * 1000] * 66
    for pieces in ([head("GET /", *fields)], [head("GET /", *fields)[:100], head("GET /", *fields)[100:]]):
        assert patient.answer(*pieces).startswith(b"HTTP/1.1 431 ")
    assert patient.answer(head("GET /", *fields[:60], "Connection: close")).startswith(b"HTTP/1.1 200 ")


def test_bodies_are_no_heads(patient: Place) -> None:
    """However long they are, and in however small pieces they come."""
    long = head("POST /", f"Content-Length: {MUCH}", "Connection: close") + b"a" * MUCH
    small = head("POST /", "Transfer-Encoding: chunked", "Connection: close") + b"1\r\na\r\n" * MAX_HEAD + b"0\r\n\r\n"
    assert patient.answer(long).endswith(str(MUCH).encode())
    assert patient.answer(small).endswith(str(MAX_HEAD).encode())


def test_a_connection_serves_many_requests(patient: Place) -> None:
    """RFC 9112 §9.3: one after another, more than a head's limit in all, and pipelined."""
    one = head("GET /", "X-A: " + "a" * 20_000)
    with patient.connected() as connection:
        for _ in range(10):
            connection.sendall(one)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(one + one + head("GET /", "Connection: close"))
        assert everything(connection).count(b"HTTP/1.1 200 ") == 3


def test_what_is_no_http_is_refused(patient: Place) -> None:
    """RFC 9112 §3: 400, in our words, and one line of our log."""
    with structlog.testing.capture_logs() as written:
        assert patient.answer(b"\x16\x03\x01\x02\x00\x01").startswith(b"HTTP/1.1 400 ")
    assert [(line["step"], line["reason"]) for line in written] == [("reach", "request_malformed")]


def test_an_application_hears_that_a_body_broke(patient: Place) -> None:
    """RFC 9112 §7.1: what came so far is not the body, and its answer is not sent behind ours."""
    patient.listener.left.clear()
    answer = patient.answer(CHUNKED, b"1\r\na\r\nx\r\n")
    assert (answer[:13], answer.count(b"HTTP/1.1")) == (b"HTTP/1.1 400 ", 1)
    wait_until(lambda: patient.listener.left == ["/body"])


@pytest.mark.parametrize("begun", [b"G", head("GET /")[:-2], b"\r\n"])
def test_a_head_that_does_not_arrive_is_not_waited_for(impatient: Place, begun: bytes) -> None:
    """RFC 9110 §15.5.9: 408, on a new connection and on one that was used."""
    with structlog.testing.capture_logs() as written:
        assert impatient.answer(begun).startswith(b"HTTP/1.1 408 ")
    assert [(line["step"], line["reason"]) for line in written] == [("reach", "slow_client")]
    with impatient.connected() as connection:
        connection.sendall(head("GET /"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(begun)
        assert everything(connection).startswith(b"HTTP/1.1 408 ")


def test_who_connects_and_says_nothing_is_not_waited_for(impatient: Place) -> None:
    """RFC 9112 §9.5: and nothing is said to them, nor of them."""
    with structlog.testing.capture_logs() as written:
        assert impatient.answer() == b""
    assert written == []


def test_what_follows_an_early_answer_is_not_waited_for(impatient: Place) -> None:
    """RFC 9112 §9.6: a body that nobody reads holds no connection."""
    answer = impatient.answer(head("POST /early", "Content-Length: 1000"), b"a")
    assert (answer[:13], answer.count(b"HTTP/1.1")) == (b"HTTP/1.1 200 ", 1)


def test_an_answer_under_way_is_waited_for(impatient: Place) -> None:
    """Whatever else its client has begun to say meanwhile."""
    with impatient.connected() as connection:
        connection.sendall(head("GET /late"))
        connection.sendall(b"GET /")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_real_server_refuses_takes_few_lines_for_it_and_all_descriptors_it_may_have(tmp_path: Path) -> None:
    """RFC 6585 §5, and what an installation owes whoever reads its log."""
    soft, hard = getrlimit(RLIMIT_NOFILE)
    alone = Installation(tmp_path)
    try:
        setrlimit(RLIMIT_NOFILE, (min(hard, 1000), hard))
        alone.start_anew("auth")
        setrlimit(RLIMIT_NOFILE, (soft, hard))
        place = Place(alone.ports["auth"], Listener())
        wait_until(lambda: is_open(place.port))
        assert place.answer(ENDLESS["fields"]).startswith(b"HTTP/1.1 431 ")
        assert {place.answer(b"nonsense\r\n\r\n")[:13] for _ in range(3 * OF_ONE_CLIENT)} == {b"HTTP/1.1 400 "}
        assert prlimit(alone.processes["auth"].pid, RLIMIT_NOFILE) == (hard, hard)
        lines = alone.log_file("auth").read_text().splitlines()
        # The clock may turn to another minute on the way.
        assert OF_ONE_CLIENT <= len([line for line in lines if "request_malformed" in line]) <= 2 * OF_ONE_CLIENT
        assert [line for line in lines if "Invalid HTTP" in line] == []
        assert [line for line in lines if not line.startswith("timestamp=")] == []
    finally:
        alone.close()


def is_open(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
