"""Client id metadata documents §4, §6.5 and §6.6: what is fetched for a stranger, and what is refused (AS-73, 75)."""

import asyncio
import ssl

import pytest

from shared.safe_fetch import Fetched, FetchFailedError, FetchRefusedError, Network, SafeFetch
from tests import bad_answers
from tests.document_host import DocumentHost, proper_answer
from tests.spec.safe_fetches import LIMIT, URL, fetch
from tests.spec.safe_fetches import web as web


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
