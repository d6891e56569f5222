"""Client id metadata documents §6.6: how much is read, and for how long (AS-75)."""

import asyncio
import socket
from collections.abc import Sequence

import pytest

from shared.safe_fetch import Fetched, FetchFailedError, FetchRefusedError, Network, SafeFetch
from tests import bad_answers
from tests.document_host import DocumentHost, Script, proper_answer
from tests.spec.safe_fetches import BRIEFLY, LIMIT, URL, failing_briefly, fetch
from tests.spec.safe_fetches import web as web


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
