"""Who asks for news many times at once has no more of them, and leaves nothing behind."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread
import httpx2
import mcp_types as t
import pytest
from mcp.server import Server, ServerRequestContext

from resource_server.transport import listening
from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.fixture_server import Old
from tests.key_holders import KeyHolder, key_of
from tests.loopback import LOOPBACK
from tests.mcp_messages import BOTH_KINDS, LEGACY, initialize, modern_headers, modern_request, request
from tests.servers import PATIENCE, serving

WATCHED = "test://slow"
WHOLE = {"type": "server", "server": "slow", "tools": ["*"]}
AT_ONCE = 5


@dataclass
class SlowServer:
    """It lists its resources when `may_list` is set, and notes what is watched."""

    may_list: threading.Event = field(default_factory=threading.Event)
    is_asked: threading.Event = field(default_factory=threading.Event)
    watched: list[str] = field(default_factory=list)

    async def resources(self, _context: ServerRequestContext[Any, Any], _params: Any) -> t.ListResourcesResult:
        """resources/list."""
        self.is_asked.set()
        await anyio.to_thread.run_sync(self.may_list.wait, PATIENCE)
        return t.ListResourcesResult(resources=[t.Resource(uri=WATCHED, name="slow")])

    async def watch(self, _context: ServerRequestContext[Any, Any], params: t.SubscribeRequestParams) -> t.EmptyResult:
        """resources/subscribe."""
        self.watched.append(str(params.uri))
        return t.EmptyResult()

    async def leave(
        self, _context: ServerRequestContext[Any, Any], params: t.UnsubscribeRequestParams
    ) -> t.EmptyResult:
        """resources/unsubscribe."""
        self.watched.remove(str(params.uri))
        return t.EmptyResult()


@pytest.fixture
def slow(behind: Behind) -> Iterator[SlowServer]:
    """Behind the gateway, under the name `slow`."""
    found = SlowServer()
    server: Server[Any] = Server(
        "slow",
        on_list_resources=found.resources,
        on_subscribe_resource=found.watch,
        on_unsubscribe_resource=found.leave,
    )
    with serving(Old(server.streamable_http_app()), "localhost") as origin:
        behind.http("slow", f"{origin}/mcp")
        yield found
        found.may_list.set()


@pytest.fixture
def app(doors: Doors, slow: SlowServer) -> KeyHolder:  # noqa: ARG001 (it stands behind the doors)
    """A program that may use all of it."""
    return key_of(doors.person(), scope="gateway:call", details=[WHOLE])


def in_session(app: KeyHolder) -> dict[str, str]:
    """The headers of a new one."""
    opened = app.post(initialize(LEGACY[-1]), Accept=BOTH_KINDS)
    session = {"Mcp-Session-Id": opened.headers["mcp-session-id"], "MCP-Protocol-Version": LEGACY[-1]}
    app.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, **session)
    return session


def at_once(asks: list[Any], slow: SlowServer, app: KeyHolder) -> list[Future[Any]]:
    """Has all of them wait for the server's list, and lets it answer then."""
    with ThreadPoolExecutor(len(asks)) as pool:
        asked = [pool.submit(ask) for ask in asks]
        assert slow.is_asked.wait(PATIENCE)
        for _ in range(20):
            app.status()  # what was sent before is there by now
        slow.may_list.set()
    return asked


def test_a_resource_that_is_subscribed_to_many_times_at_once_is_left_once(app: KeyHolder, slow: SlowServer) -> None:
    session = in_session(app)

    def subscribe(number: int) -> httpx2.Response:
        message = request("resources/subscribe", {"uri": WATCHED}) | {"id": f"s{number}"}
        return app.post(message, Accept=BOTH_KINDS, **session)

    asked = at_once([lambda number=number: subscribe(number) for number in range(AT_ONCE)], slow, app)
    assert {one.result().status_code for one in asked} == {200}
    wait_until(lambda: slow.watched == [WATCHED])
    app.post(request("resources/unsubscribe", {"uri": WATCHED}), Accept=BOTH_KINDS, **session)
    wait_until(lambda: slow.watched == [])


def test_streams_that_are_asked_for_at_once_are_not_more_than_a_person_may_have(
    app: KeyHolder, slow: SlowServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "MOST_STREAMS", 2)

    def listen() -> str:
        message = modern_request("subscriptions/listen", {"notifications": {"resourceSubscriptions": [WATCHED]}})
        headers = app.headers | modern_headers("subscriptions/listen") | {"Accept": BOTH_KINDS}
        with httpx2.stream("POST", app.mcp_url, json=message, headers=headers, **LOOPBACK) as answer:
            return next(line for line in answer.iter_lines() if line.startswith(("data:", "{")))

    said = [one.result() for one in at_once([listen] * AT_ONCE, slow, app)]
    assert sum(listening.TOO_MANY in one for one in said) == AT_ONCE - 2, said
