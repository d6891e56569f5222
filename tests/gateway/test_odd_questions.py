"""A server that says it needs what nobody may be asked for: an error in words, wherever the call came from."""

from collections.abc import Iterator
from typing import Any

import pytest
from mcp import MCPError
from starlette.types import Receive, Scope, Send

from tests.doors import Doors
from tests.gateway.conftest import Behind
from tests.gateway.odd_server import OddServer, _json
from tests.gateway.rest.plain_apps import plain_app
from tests.gateway.test_eras import connected
from tests.key_holders import key_of
from tests.servers import serving

NEEDED: tuple[Any, ...] = (
    ["x"],
    {"a": 1},
    {"a": {}},
    {"a": {"method": "tools/list"}},
    {"a": {"method": "roots/list", "params": 5}},
    5,
)
WHOLE = {"type": "server", "server": "odd", "tools": ["*"]}


class NeedyServer(OddServer):
    """Each call of `echo` needs the next of `NEEDED`."""

    def __init__(self) -> None:
        super().__init__()
        self._needed = iter(NEEDED)

    async def _call(self, _scope: Scope, _receive: Receive, send: Send, message: dict[str, Any]) -> None:
        await _json(send, message, {"resultType": "input_required", "inputRequests": next(self._needed)})


@pytest.fixture(autouse=True)
def needy(behind: Behind) -> Iterator[None]:
    """Behind the gateway, under the name `odd`."""
    with serving(NeedyServer()) as origin:
        behind.http("odd", f"{origin}/mcp")
        yield


@pytest.mark.anyio
async def test_an_app_that_can_be_asked_is_asked_nothing_of_it(doors: Doors) -> None:
    app = key_of(doors.person(), scope="gateway:call", details=[WHOLE])
    async with connected(app, "legacy") as client:
        for _ in NEEDED:
            with pytest.raises(MCPError, match="not of the protocol"):
                await client.call_tool("odd__echo", {"text": "x"})


def test_a_program_without_mcp_is_told_in_json(doors: Doors) -> None:
    app = plain_app(doors)
    for _ in NEEDED:
        answer = app.execute("odd__echo", text="x")
        assert (answer.status_code, answer.json()["error"]) == (502, "server_error")
