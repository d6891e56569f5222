"""Clients that sign, at one server that reads their documents: the fixtures `auth` and `app`."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.auth_harness import AuthHarness
from tests.document_clients import reading_server
from tests.document_host import DocumentHost
from tests.signing_client import SigningClient

REFUSED = (401, "invalid_client")

_numbers = count()


@pytest.fixture(scope="module")
def auth(web: DocumentHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthHarness]:
    """One server for the module, with Ada signed in."""
    with reading_server(tmp_path_factory.mktemp("assertions"), web) as harness:
        yield harness


@pytest.fixture(scope="module")
def app(auth: AuthHarness, web: DocumentHost) -> SigningClient:
    """A connected client; a refused assertion costs it nothing."""
    return new_client(web).connect(auth)


def new_client(web: DocumentHost, algorithm: str = "ES256", *, inline: bool = False) -> SigningClient:
    """A client of its own, published but not approved yet."""
    return SigningClient(web, f"https://app{next(_numbers)}.example/client", algorithm, inline=inline)
