"""Client id metadata documents §4, §6.5 and §6.6: what is fetched for a stranger, and what is refused (AS-73, 75)."""

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.safe_fetch import Fetched, FetchFailedError, FetchRefusedError, Network, SafeFetch
from tests import bad_answers
from tests.document_host import DocumentHost, Script, proper_answer

URL = "https://app.example/client.json"
LIMIT = 5 * 1024
BRIEFLY = 0.4


@pytest.fixture(scope="module")
def web() -> Iterator[DocumentHost]:
    """One web for all statements; each has paths or names of its own."""
    host = DocumentHost()
    yield host
    host.stop()


def fetch(
    network: Network, url: str = URL, *, limit: int = LIMIT, seconds: float = 5.0, allow_loopback: bool = True
) -> Fetched:
    """One fetch by a server that is itself on loopback, as the document host is."""
    fetcher = SafeFetch(allow_loopback=allow_loopback, network=network)
    return asyncio.run(fetcher.get(url, accept="application/json", limit=limit, seconds=seconds))


@contextmanager
def failing_briefly() -> Iterator[None]:
    """The fetch inside fails, and soon after its deadline."""
    began = monotonic()
    with pytest.raises(FetchFailedError):
        yield
    assert monotonic() - began < 10 * BRIEFLY


def leading_to(web: DocumentHost, *addresses: str) -> Network:
    """A network in which every name has `addresses`, at the port of the document host."""

    async def resolve(_host: str, _port: int) -> Sequence[tuple[str, int]]:
        return [(address, web.port) for address in addresses]

    return Network(resolve, web.network.tls)


def test_a_document_is_fetched_with_a_plain_get(web: DocumentHost) -> None:
    """AS-73 (CIMD §4, §6.5): GET, nothing that identifies us to anybody, and an answer that is not packed."""
    web.serve(f"{URL}?plain", {"a": 1}, content_type="Application/JSON; charset=utf-8", cache_control="max-age=600")
    fetched = fetch(web.network, f"{URL}?plain")
    assert fetched == Fetched(b'{"a": 1}', "application/json", 600)
    received = web.received[-1]
    assert received.method == "GET"
    assert set(received.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert received.headers["host"] == "app.example"
    assert received.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("public, max-age=60", 60),
        ("MAX-AGE = 60, must-revalidate", 60),
        ("no-store", 0),
        ("max-age=60, no-cache", 0),
        ("s-maxage=60", None),
        ("max-age=-1", None),
        ("max-age=soon", None),
        ("", None),
    ],
)
def test_the_time_a_document_may_be_kept_is_read_from_cache_control(
    web: DocumentHost, cache_control: str, seconds: int | None
) -> None:
    """AS-77 (CIMD §4.4, RFC 9111 §5.2.2)."""
    web.serve(URL, {}, cache_control=cache_control)
    assert fetch(web.network).max_age == seconds


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(web: DocumentHost, status: int) -> None:
    """AS-73 (CIMD §4, §6.5)."""
    elsewhere = "https://elsewhere.example/client.json"
    web.serve(elsewhere, {})
    web.answer(URL, bad_answers.redirect_to(elsewhere, status))
    with pytest.raises(FetchRefusedError, match="redirect"):
        fetch(web.network)
    assert web.count(elsewhere) == 0


@pytest.mark.parametrize("status", [201, 202, 203, 204, 206, 226, 400, 401, 403, 404, 410])
def test_only_status_200_is_an_answer(web: DocumentHost, status: int) -> None:
    """AS-73 (CIMD §4)."""
    web.answer(URL, proper_answer(b"" if status == 204 else b"{}", status))
    with pytest.raises(FetchRefusedError):
        fetch(web.network)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_in_trouble_may_be_better_later(web: DocumentHost, status: int) -> None:
    """AS-77 (CIMD §4.4): such an answer lets a copy that was good serve on."""
    web.answer(URL, proper_answer(b"{}", status))
    with pytest.raises(FetchFailedError):
        fetch(web.network)


def test_a_cookie_is_not_kept(web: DocumentHost) -> None:
    """AS-73 (CIMD §6.5)."""
    web.serve(URL, {}, set_cookie="session=1")
    fetcher = SafeFetch(allow_loopback=True, network=web.network)

    async def twice() -> None:
        for _ in range(2):
            await fetcher.get(URL, accept="*/*", limit=LIMIT)

    asyncio.run(twice())
    assert "cookie" not in web.received[-1].headers


def test_a_proxy_of_the_environment_is_not_used(web: DocumentHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-73 (CIMD §6.5): a proxy would resolve the name again."""
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    web.serve(URL, {})
    assert fetch(web.network).body == b"{}"


def test_the_connection_goes_to_the_address_that_was_judged(web: DocumentHost) -> None:
    """AS-73 (CIMD §6.5): a name that changes its address between check and connection gains nothing."""
    web.serve("https://rebinding.example/", {})
    before = len(web.names.asked)
    assert fetch(web.network, "https://rebinding.example/").body == b"{}"
    assert web.names.asked[before:] == ["rebinding.example"]


def test_a_certificate_of_another_name_is_refused(web: DocumentHost) -> None:
    """AS-73 (CIMD §6.5): TLS is verified for the name in the URL, although the connection goes to an address."""
    url = "https://victim.example/client.json"
    web.serve(url, {})
    web.certified_as["victim.example"] = "attacker.example"
    with pytest.raises(FetchFailedError):
        fetch(web.network, url)
    assert web.count(url) == 0


def test_a_certificate_of_an_unknown_authority_is_refused(web: DocumentHost) -> None:
    """AS-73 (CIMD §6.5)."""
    web.serve(URL, {})
    before = len(web.received)
    with pytest.raises(FetchFailedError):
        fetch(Network(web.names.resolve, ssl.create_default_context()))
    assert len(web.received) == before


def test_every_request_has_a_connection_of_its_own(web: DocumentHost) -> None:
    """AS-73 (CIMD §6.5): two names at one address share nothing, each has its certificate checked."""
    urls = ["https://one.example/", "https://two.example/", "https://one.example/"]
    for url in urls:
        web.serve(url, {})
    fetcher = SafeFetch(allow_loopback=True, network=web.network)

    async def one_after_the_other() -> None:
        for url in urls:
            await fetcher.get(url, accept="*/*", limit=LIMIT)

    asyncio.run(one_after_the_other())
    assert len({request.connection for request in web.received[-3:]}) == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/client.json",
        "ftp://app.example/client.json",
        "//app.example/client.json",
        "app.example/client.json",
        "https:app.example",
        "https:///client.json",
        "https://",
        "",
        "https://user@app.example/",
        "https://user:pass@app.example/",
        "https://app.example:443@evil.example/",
        "https://app.example\\@evil.example/",
        "https://evil.example\\.app.example/",
        "https://app.example/#fragment",
        "https://app.example/a b",
        "https://app.example/\r\nX-Injected: 1",
        "https://app.example/\tx",
        "https://app.example\n",
        "https://app.example/é",
        "https://bücher.example/",
        "https://app。example/",
        "https://app.example./",
        "https://.example/",
        "https://app..example/",
        "https://-app.example/",
        "https://app-.example/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 130}example/",
        f"https://app.example/{'a' * 2000}",
        "https://app.example:/",
        "https://app.example:0/",
        "https://app.example:65536/",
        "https://app.example:٤٤٣/",
        "https://2130706433/",
        "https://127.1/",
        "https://0x7f.0.0.1/",
        "https://127.0.0.0x1/",
        "https://0177.0.0.1/",
        "https://1.2.3.4.5/",
        "https://[::1/",
        "https://[127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[v1.a]/",
        "https://::1/",
        "https://app.example%2eevil.example/",
        "https://app.example?x@evil.example\\",
    ],
)
def test_a_url_with_two_readings_is_refused(web: DocumentHost, url: str) -> None:
    """AS-73 (CIMD §3, §6.5): nothing is asked of the resolver, let alone sent."""
    before = len(web.names.asked)
    with pytest.raises(FetchRefusedError):
        fetch(web.network, url)
    assert len(web.names.asked) == before


@settings(max_examples=150, deadline=None)
@given(st.from_regex(r"https://[!-~]{1,40}\Z") | st.from_regex(r"https://([a-z0-9.\[\]:@%-]{1,20})[/?][!-~]{0,9}\Z"))
def test_whatever_a_url_says_there_is_an_answer(web: DocumentHost, url: str) -> None:
    """AS-73, AS-74: it is read, refused, or fails, and raises nothing else."""
    with suppress(FetchRefusedError, FetchFailedError):
        fetch(web.network, url)


@pytest.mark.parametrize("allow_loopback", [True, False])
@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
        ["10.0.0.1", "8.8.8.8"],
        ["127.0.0.1", "169.254.169.254"],
        ["::ffff:192.168.1.1"],
        ["fe80::1%eth0"],
        ["not an address"],
    ],
)
def test_one_refused_address_refuses_all(web: DocumentHost, addresses: list[str], allow_loopback: bool) -> None:
    """AS-74 (CIMD §6.5): else a name could have a good address for the check and a bad one for later."""
    before = web.connections
    with pytest.raises(FetchFailedError) as refused:
        fetch(leading_to(web, *addresses), allow_loopback=allow_loopback)
    assert not any(address in str(refused.value) for address in addresses)
    assert web.connections == before


def test_nobody_learns_which_names_there_are_inside(web: DocumentHost, capsys: pytest.CaptureFixture[str]) -> None:
    """AS-74 (CIMD §6.5): a name that leads inside fails as one that leads nowhere does; the log tells them apart."""
    web.names.addresses["inner.example"] = [("10.0.0.1", 443)]
    web.names.addresses["outer.example"] = []
    web.names.unknown.add("other.example")
    said = set()
    for name in ("inner.example", "outer.example", "other.example"):
        with pytest.raises(FetchFailedError) as failed:
            fetch(web.network, f"https://{name}/", allow_loopback=False)
        said.add(str(failed.value).replace(name, "it"))
    assert len(said) == 1
    assert len(set(re.findall("cause='([^']+)'", capsys.readouterr().out))) == 3


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "10.0.0.1", "[::ffff:10.0.0.1]", "169.254.169.254", "[fd00::1]"]
)
def test_an_address_in_the_place_of_a_name_is_judged_too(web: DocumentHost, host: str) -> None:
    """AS-74 (CIMD §6.5)."""
    with pytest.raises(FetchRefusedError):
        fetch(web.network, f"https://{host}/client.json", allow_loopback=False)


def test_an_address_in_the_place_of_a_name_needs_a_certificate_of_its_own(web: DocumentHost) -> None:
    """AS-73 (RFC 9110 §4.3.5): the certificate must name the address."""
    url = f"https://127.0.0.1:{web.port}/client.json"
    web.serve(url, {})
    assert fetch(web.network, url).body == b"{}"


def test_loopback_is_refused_unless_the_server_itself_is_on_loopback(web: DocumentHost) -> None:
    """AS-74 (CIMD §6.5)."""
    web.serve(URL, {})
    assert fetch(web.network, allow_loopback=True).body == b"{}"
    with pytest.raises(FetchFailedError):
        fetch(web.network, allow_loopback=False)


def test_ports_other_than_443_are_for_loopback_alone(web: DocumentHost) -> None:
    """AS-74 ([own]): a stranger's URL does not knock at the ports of the internet."""
    web.serve("https://app.example:8443/", {})
    assert fetch(web.network, "https://app.example:8443/").body == b"{}"
    assert web.received[-1].headers["host"] == "app.example:8443"
    for addresses in (["8.8.8.8"], ["127.0.0.1", "8.8.8.8"]):
        with pytest.raises(FetchRefusedError, match="443"):
            fetch(leading_to(web, *addresses), "https://app.example:8443/")


def test_the_next_address_is_tried_when_one_takes_no_connection(web: DocumentHost) -> None:
    """RFC 8305: an address that is dead does not make the name dead."""
    web.serve(URL, {})
    assert fetch(leading_to(web, "127.0.0.99", "127.0.0.1")).body == b"{}"


def test_no_address_that_takes_a_connection_is_a_failure(web: DocumentHost) -> None:
    """AS-77: the host is down, a copy that was good may serve."""
    with pytest.raises(FetchFailedError):
        fetch(leading_to(web, "127.0.0.98", "127.0.0.99"))


@pytest.mark.parametrize("unknown", [True, False])
def test_a_name_without_an_address_is_a_failure(web: DocumentHost, unknown: bool) -> None:
    """AS-77: name resolution, too, has bad days."""
    if unknown:
        web.names.unknown.add("nowhere.example")
    else:
        web.names.addresses["nowhere.example"] = []
    with pytest.raises(FetchFailedError):
        fetch(web.network, "https://nowhere.example/")
    web.names.unknown.discard("nowhere.example")


def test_a_body_as_large_as_the_limit_is_taken(web: DocumentHost) -> None:
    """AS-75 (CIMD §6.6): 5 KB and not a byte more."""
    web.serve(URL, b"x" * LIMIT)
    assert len(fetch(web.network).body) == LIMIT
    web.serve(URL, b"x" * (LIMIT + 1))
    with pytest.raises(FetchRefusedError):
        fetch(web.network)


def test_a_body_of_unknown_length_is_cut_at_the_limit(web: DocumentHost) -> None:
    """AS-75 (CIMD §6.6): counted while it arrives, to the byte."""
    web.answer(URL, bad_answers.in_chunks(b"x" * LIMIT))
    assert len(fetch(web.network).body) == LIMIT
    web.answer(URL, bad_answers.in_chunks(b"x" * (LIMIT + 1)))
    with pytest.raises(FetchRefusedError):
        fetch(web.network)
    web.answer(URL, bad_answers.endless_body)
    with pytest.raises(FetchRefusedError):
        fetch(web.network)


def test_a_body_that_is_announced_as_too_large_is_not_waited_for(web: DocumentHost) -> None:
    """AS-75 (CIMD §6.6): refused by its head; this server would never send the rest."""
    web.answer(URL, bad_answers.cut_short)
    with pytest.raises(FetchRefusedError):
        fetch(web.network, limit=50)


def test_interim_answers_are_read_within_limits(web: DocumentHost) -> None:
    """AS-75 (RFC 9110 §15.2): a few are ordinary, a flood is not waited through, whatever comes after it."""
    answer = proper_answer(b"{}")
    web.answer(URL, bad_answers.after_interim_answers(10, answer))
    assert fetch(web.network).body == b"{}"
    web.answer(URL, bad_answers.after_interim_answers(1000, answer))
    with pytest.raises(FetchFailedError):
        fetch(web.network)


def test_the_framing_of_a_body_counts(web: DocumentHost) -> None:
    """AS-75 (CIMD §6.6): what has to be worked through for a body is limited, not the body alone."""
    web.answer(URL, bad_answers.byte_by_byte(b"x" * 1000))
    assert len(fetch(web.network).body) == 1000
    web.answer(URL, bad_answers.byte_by_byte(b"x" * LIMIT))
    with pytest.raises(FetchFailedError):
        fetch(web.network)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "unheard-of"])
def test_a_packed_body_is_refused(web: DocumentHost, encoding: str) -> None:
    """AS-75 (CIMD §6.6): the limit counts what is read, and nothing is ever unpacked."""
    web.serve(URL, b"packed", content_encoding=encoding)
    with pytest.raises(FetchRefusedError):
        fetch(web.network)


@pytest.mark.parametrize(
    "script", [bad_answers.never_answer, bad_answers.dribble, bad_answers.interim_answers_for_ever]
)
def test_one_deadline_holds_for_the_whole_exchange(web: DocumentHost, script: Script) -> None:
    """AS-75 (CIMD §6.6): no single wait is long, all together are."""
    web.answer(URL, script)
    with failing_briefly():
        fetch(web.network, seconds=BRIEFLY)


def test_a_slow_handshake_meets_the_same_deadline(web: DocumentHost) -> None:
    """AS-75 (CIMD §6.6): a server that takes the connection and never speaks TLS."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        web.names.addresses["silent.example"] = [("127.0.0.1", silent.getsockname()[1])]
        with failing_briefly():
            fetch(web.network, "https://silent.example/", seconds=BRIEFLY)


def test_a_slow_resolver_meets_the_same_deadline(web: DocumentHost) -> None:
    """AS-75 (CIMD §6.6)."""

    async def resolve(_host: str, _port: int) -> Sequence[tuple[str, int]]:
        await asyncio.sleep(bad_answers.LONG)
        return []

    with failing_briefly():
        fetch(Network(resolve, web.network.tls), seconds=BRIEFLY)


@pytest.mark.parametrize("script", [bad_answers.endless_headers, bad_answers.cut_short, bad_answers.no_http])
def test_what_is_not_a_whole_http_answer_is_a_failure(web: DocumentHost, script: Script) -> None:
    """AS-75 (CIMD §6.6): also a head without an end."""
    web.answer(URL, script)
    with pytest.raises(FetchFailedError):
        fetch(web.network)


def test_hosts_that_hang_do_not_take_every_place_for_long(web: DocumentHost) -> None:
    """AS-75 (CIMD §6.6): who waits for a place waits within the deadline too."""
    web.answer(URL, bad_answers.never_answer)
    fetcher = SafeFetch(allow_loopback=True, network=web.network)

    async def many() -> list[Fetched | BaseException]:
        waits = [fetcher.get(URL, accept="*/*", limit=LIMIT, seconds=BRIEFLY) for _ in range(40)]
        return await asyncio.gather(*waits, return_exceptions=True)

    assert {type(answer) for answer in asyncio.run(many())} == {FetchFailedError}
    web.serve(URL, {})
    assert fetch(web.network).body == b"{}"
