"""One fetch from a web of our own: the fixture `web`, and short words for what is asked of it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import pytest

from shared.safe_fetch import Fetched, FetchFailedError, Network, SafeFetch
from tests.document_host import DocumentHost

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
