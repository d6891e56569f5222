"""A program that puts requests into a queue, and a worker: the fixtures `app`, `queue` and `worker`."""

from collections.abc import Iterator

import pytest

from tests.doors import Doors
from tests.gateway.conftest import Behind
from tests.gateway.rest.plain_apps import PlainApp, plain_app
from tests.gateway.rest.queues import Queue, workers
from tests.redis_server import RedisServer


@pytest.fixture
def app(doors: Doors, behind: Behind, upstream_url: str) -> PlainApp:
    """A program that may use every server; there is one, `fix`."""
    behind.http("fix", upstream_url)
    return plain_app(doors)


@pytest.fixture
def queue(redis_server: RedisServer) -> Queue:
    """An empty queue, and nobody who works."""
    return Queue(redis_server)


@pytest.fixture
def worker(doors: Doors, redis_server: RedisServer) -> Iterator[None]:
    """One worker."""
    with workers(doors, redis_server):
        yield
