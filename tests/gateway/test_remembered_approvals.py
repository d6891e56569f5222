"""AS-101, AS-105: a call that was allowed a moment ago is refused as soon as what it was allowed by is another."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session

from auth_server.keys.api_keys import edit_key, revoke_key
from auth_server.models import ApiKey
from resource_server.gateway.shapes import Shapes
from resource_server.gateway.shaping import ToolShape
from resource_server.gateway.tables import UpstreamServer
from resource_server.gateway.upstream import Upstream
from shared.authorization_details import parse_details
from shared.clock import now
from shared.database import unit_of_work
from shared.scopes import parse_scope
from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.odd_server import OddServer
from tests.gateway.test_quick_way import posted
from tests.gateway.test_tools import holder, names
from tests.key_holders import KeyHolder, auth_session
from tests.servers import RunningServer, free_port

NAMED = {"type": "server", "server": "odd", "tools": ["echo"]}
OTHER = {"type": "server", "server": "odd", "tools": ["extra"]}
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[OddServer, str]]:
    """The odd server and its address."""
    odd, port = OddServer(), free_port()
    server = RunningServer(odd, port)
    yield odd, f"http://127.0.0.1:{port}/mcp"
    server.stop()


@pytest.fixture
def server(running: tuple[OddServer, str], behind: Behind) -> Upstream:
    """It has been behind the doors for long."""
    upstream = behind.http("odd", running[1])
    with unit_of_work(behind.engine) as session:
        session.get_one(UpstreamServer, upstream.id).named_at = now() - 2 * HOUR
    running[0].seen.clear()
    return upstream


@pytest.fixture
def app(doors: Doors, server: Upstream) -> KeyHolder:  # noqa: ARG001 (it stands behind the doors)
    """A program that was allowed its tool an hour ago, and called it twice just now."""
    one = holder(doors, NAMED)
    with auth_session(doors) as session:
        session.get_one(ApiKey, one.id).decided_at = now() - HOUR
    wait_until(lambda: "odd__echo" in names(one))
    assert [echoes(one) for _ in range(2)] == [True, True]
    return one


def echoes(app: KeyHolder) -> bool:
    """Whether its call comes through."""
    answer = posted(app, "odd__echo", arguments={"text": "through"}).json()
    return "result" in answer and not answer["result"].get("isError", False)


def remade(behind: Behind, server: Upstream) -> None:
    behind.upstreams.remove(server.id)
    behind.http("odd", server.url)


CHANGES: dict[str, Callable[[Behind, Upstream], None]] = {
    "removed": lambda behind, server: behind.upstreams.remove(server.id),
    "another of its name": remade,
    "switched off": lambda behind, server: behind.upstreams.switch(server.id, is_enabled=False),
    "hidden": lambda behind, server: Shapes(behind.engine).put(server, "echo", ToolShape(is_hidden=True)),
    "renamed": lambda behind, server: Shapes(behind.engine).put(server, "echo", ToolShape(name="said")),
    "its name given to another": lambda behind, server: Shapes(behind.engine).put(
        server, "extra", ToolShape(name="echo")
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_server_that_changed_is_not_called_as_it_was(
    behind: Behind, server: Upstream, app: KeyHolder, running: tuple[OddServer, str], change: str
) -> None:
    before = len(running[0].seen)
    CHANGES[change](behind, server)
    assert not echoes(app)
    assert len(running[0].seen) == before


DECISIONS: dict[str, Callable[[Session, ApiKey], None]] = {
    "edited": lambda session, key: edit_key(
        session, key, scopes=parse_scope("gateway:call"), details=parse_details([OTHER])
    ),
    "without the scope": lambda session, key: edit_key(
        session, key, scopes=parse_scope("memory:read"), details=parse_details([NAMED])
    ),
    "revoked": revoke_key,
}


@pytest.mark.parametrize("decision", DECISIONS)
def test_who_was_decided_about_anew_calls_by_what_holds_now(
    doors: Doors, app: KeyHolder, running: tuple[OddServer, str], decision: str
) -> None:
    with auth_session(doors) as session:
        DECISIONS[decision](session, session.get_one(ApiKey, app.id))
    wait_until(lambda: not echoes(app))
    before = len(running[0].seen)
    assert not echoes(app)
    assert len(running[0].seen) == before


def test_what_one_may_another_may_not(doors: Doors, app: KeyHolder, running: tuple[OddServer, str]) -> None:
    """Nor the same program with another key, though all of them call the same tool at the same time."""
    others = [holder(doors, OTHER), holder(doors, NAMED | {"server": "none"})]
    before = len(running[0].seen)
    for _ in range(3):
        assert [echoes(one) for one in (app, *others)] == [True, False, False]
    assert len(running[0].seen) == before + 3
