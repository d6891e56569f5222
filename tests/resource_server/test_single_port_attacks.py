"""RFC 9112 §11: splitting, smuggling and confused paths at the one port, as bytes on a socket."""

from collections.abc import Iterator

import pytest

from tests.resource_server.behind import Behind, FrontDoor, front_door

pytestmark = pytest.mark.xdist_group("front-door")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    """One pair for the module."""
    with front_door(tmp_path_factory.mktemp("front"), Behind(), max_body=100_000) as running:
        yield running


def request(door: FrontDoor, line: str, *fields: str, body: str = "") -> bytes:
    """A request that asks to close; `fields` are lines, sent as they are."""
    head = [f"{line} HTTP/1.1", f"Host: localhost:{door.port}", "Connection: close", *fields]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode("latin-1")


def status(answer: bytes) -> int:
    """Of the first answer."""
    return int(answer.split(b" ", 2)[1])


def through(door: FrontDoor, raw: bytes) -> tuple[int, list[str]]:
    """The status, and the targets that reached the other side, the resource server's own questions left out."""
    door.behind.seen.clear()
    answer = door.raw(raw)
    forwarded = [seen for seen in door.behind.seen if any(name == "x-forwarded-for" for name, _ in seen["headers"])]
    return status(answer), [seen["target"].removesuffix("?") for seen in forwarded]


SMUGGLED = "GET /internal/changes HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "fields",
    [
        ("Content-Length: 3", "Content-Length: 3"),
        ("Content-Length: 3", "Content-Length: 4"),
        ("Content-Length: 3, 3",),
        ("Content-Length: +3",),
        ("Content-Length: -1",),
        ("Content-Length: 0x3",),
        ("Content-Length: 3", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 3"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding: identity",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding : chunked",),
        ("Transfer-Encoding:\x0bchunked",),
        ("Transfer-Encoding: chunked, chunked",),
        (" Transfer-Encoding: chunked",),
        ("X: y\rTransfer-Encoding: chunked",),
        ("X: y\nTransfer-Encoding: chunked", "Content-Length: 3"),
    ],
    ids=str,
)
def test_a_body_of_doubtful_length_is_refused(door: FrontDoor, fields: tuple[str, ...]) -> None:
    """RFC 9112 §6.3: two ways to read it are one too many; nothing of it, and nothing behind it, is passed on."""
    got, reached = through(door, request(door, "POST /token", *fields, body="0\r\n\r\n" + SMUGGLED))
    assert (got, reached) == (400, [])


def test_what_follows_a_body_is_another_request_here(door: FrontDoor) -> None:
    """Pipelined, it goes through the table like any other: to this server's 404, not to the one behind."""
    first = request(door, "POST /token", "Content-Length: 3", body="a=b").replace(b"Connection: close\r\n", b"")
    second = request(door, "GET /internal/changes")
    got, reached = through(door, first + second)
    assert (got, reached) == (200, ["/token"])


def test_a_request_inside_a_chunked_body_stays_a_body(door: FrontDoor) -> None:
    body = f"{len(SMUGGLED):x}\r\n{SMUGGLED}\r\n0\r\nX-Trailer: 1\r\n\r\n"
    got, reached = through(door, request(door, "POST /token", "Transfer-Encoding: chunked", body=body))
    assert (got, reached) == (200, ["/token"])
    assert door.behind.seen[-1]["body"] == SMUGGLED


@pytest.mark.parametrize(
    "target",
    [
        "//authorize",
        "/authorize%2f..",
        "/authorize%2F..%2Finternal%2Fchanges",
        "/mcp/../introspect",
        "/mcp/..;/introspect",
        "/account/..%2finternal/changes",
        "/account/../internal/changes",
        "/account/%2e%2e/introspect",
        "/account\\..\\introspect",
        "/Authorize",
        "/%61uthorize",
        "/token%20",
        "/introspect",
        "/internal/changes",
        "/internal/changes?/token",
        "http://localhost/internal/changes",
        "http://evil.example/introspect",
        "http://x/token/../introspect",
        "*",
    ],
)
def test_what_is_not_in_the_table_never_gets_there(door: FrontDoor, target: str) -> None:
    """Each of them is answered here."""
    got, reached = through(door, request(door, f"GET {target}"))
    assert got in (400, 401, 404)
    assert reached == []


def test_an_absolute_target_is_a_path_at_our_own_host(door: FrontDoor) -> None:
    """RFC 9112 §3.2.2: the authority in it opens nothing; the Host that was checked goes on."""
    got, reached = through(door, request(door, "GET http://evil.example/login?a=b"))
    assert (got, reached) == (200, ["/login?a=b"])
    hosts = [value for name, value in door.behind.seen[-1]["headers"] if name == "host"]
    assert hosts == [f"localhost:{door.port}"]


@pytest.mark.parametrize("host", ["evil.example", "", "localhost\x00", "localhost:1, localhost"])
def test_another_host_gets_no_further(door: FrontDoor, host: str) -> None:
    """AS-97."""
    raw = request(door, "GET /login").replace(f"localhost:{door.port}".encode(), host.encode())
    got, reached = through(door, raw)
    assert got in (400, 421)
    assert reached == []


def test_two_hosts_get_no_further(door: FrontDoor) -> None:
    """RFC 9112 §3.2."""
    got, reached = through(door, request(door, "GET /login", f"Host: localhost:{door.port}"))
    assert got in (400, 421)
    assert reached == []


@pytest.mark.parametrize("line", ["CONNECT /token", "TRACE /login", "CONNECT localhost:1"])
def test_methods_that_speak_to_proxies_are_refused(door: FrontDoor, line: str) -> None:
    """RFC 9110 §9.3.6, §9.3.8."""
    got, reached = through(door, request(door, line))
    assert got in (400, 405)
    assert reached == []


def test_huge_headers_are_refused(door: FrontDoor) -> None:
    """RFC 6585 §5: 431, as JSON for programs."""
    many = [f"X-{number}: {'a' * 1000}" for number in range(70)]
    for fields in (("X: " + "a" * 70_000,), ("Cookie: " + "a=b;" * 20_000,), tuple(many)):
        got, reached = through(door, request(door, "GET /token", *fields))
        assert (got, reached) == (431, [])


def test_a_huge_target_is_passed_on_or_refused_but_breaks_nothing(door: FrontDoor) -> None:
    """RFC 9112 §3: 8,000 octets at least, and an end somewhere."""
    assert through(door, request(door, "GET /authorize?state=" + "a" * 60_000))[0] == 200
    got, reached = through(door, request(door, "GET /authorize?state=" + "a" * 70_000))
    assert (got, reached) == (431, [])


def test_a_body_without_end_is_cut_off(door: FrontDoor) -> None:
    """Beyond what this server takes from anybody; announced or not."""
    chunk = f"{60_000:x}\r\n{'a' * 60_000}\r\n"
    got, _ = through(door, request(door, "POST /token", "Transfer-Encoding: chunked", body=2 * chunk + "0\r\n\r\n"))
    assert got == 413
    got, _ = through(door, request(door, "POST /token", "Content-Length: 120000", body="a" * 120_000))
    assert got == 413


@pytest.mark.parametrize("field", ["X\x00: a", "X: a\x00b", "X y: z", ": z", "X(: z"])
def test_a_field_that_is_none_is_a_bad_request(door: FrontDoor, field: str) -> None:
    """RFC 9110 §5.1, §5.5: never a 5xx."""
    got, reached = through(door, request(door, "GET /login", field))
    assert (got, reached) == (400, [])


def test_bytes_of_other_alphabets_in_a_field_pass(door: FrontDoor) -> None:
    """RFC 9110 §5.5: obs-text is opaque."""
    assert through(door, request(door, "GET /login", "User-Agent: gr\xfc\xdfe \t"))[0] == 200
    agents = [value for name, value in door.behind.seen[-1]["headers"] if name == "user-agent"]
    assert agents == ["gr\xfc\xdfe"]
