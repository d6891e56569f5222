"""Conversations with a server that changes while they open: each is with the server as it was when it began."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from sqlalchemy import Engine

from resource_server.gateway.described import Described
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.link import Viewer
from resource_server.gateway.opening import open_gateway
from resource_server.gateway.upstream import Transport, Upstream
from resource_server.settings import Settings
from shared.database import open_engine
from shared.master_key import MasterKey
from tests.gateway.conftest import BARE
from tests.prepared_database import prepare_tables
from tests.resource_server.conftest import TABLES

SLOW = ("sh", "-c", f"sleep 0.4; exec {BARE[0]} -S {BARE[2]}")
"""Long enough in starting to be given up meanwhile."""
VIEWER = Viewer("usr_ada", "cli_app")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """The database of a resource server."""
    prepare_tables(tmp_path / "resource.db", TABLES)
    opened = open_engine(f"sqlite:///{tmp_path / 'resource.db'}")
    yield opened
    opened.dispose()


@asynccontextmanager
async def gateway_at(engine: Engine) -> AsyncIterator[Gateway]:
    """One that runs."""
    gateway = open_gateway(Settings(), engine, MasterKey(bytes(32), "a test"))
    async with gateway.run():
        yield gateway


async def as_seen(gateway: Gateway) -> Upstream:
    """The one server."""
    (server,) = await gateway.visible_to(VIEWER)
    return server


def test_one_that_began_after_a_change_outlives_the_end_of_those_before(engine: Engine) -> None:
    async def run() -> None:
        async with gateway_at(engine) as gateway:
            gateway.upstreams.add("fix", Transport.STDIO, command=BARE)
            old = await as_seen(gateway)
            await gateway.links.capabilities(old, VIEWER)
            open_then = gateway.links.open_revisions()
            assert gateway.upstreams.stale(open_then) == set()
            gateway.upstreams.change(old, Described("fix", Transport.STDIO, command=(*BARE, "again")))
            stale = gateway.upstreams.stale(open_then)
            new = await as_seen(gateway)
            await gateway.links.capabilities(new, VIEWER)
            gateway.links.end_stale(stale)
            assert gateway.links.open_revisions() == {(new.id, VIEWER.user_id, new.revision)}
            assert stale == open_then

    anyio.run(run)


def test_a_request_whose_conversation_is_ended_while_it_opens_gets_another(engine: Engine) -> None:
    async def run() -> None:
        async with gateway_at(engine) as gateway:
            gateway.upstreams.add("fix", Transport.STDIO, command=SLOW)
            server = await as_seen(gateway)
            found: list[int] = []

            async def list_tools() -> None:
                listed = await gateway.links.request(server, VIEWER, "tools/list", {}, 5.0)
                found.append(len(listed["tools"]))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(list_tools)
                await anyio.sleep(0.1)
                assert gateway.links.open_revisions()
                gateway.links.close(server.id)
            assert found == [2]

    anyio.run(run)
