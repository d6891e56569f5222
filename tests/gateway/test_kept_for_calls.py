"""What is kept from call to call, so that the next is quicker, is bounded: no arguments, and no list that is gone."""

import tracemalloc
from typing import Any
from weakref import ref

from resource_server.context.approvals import Approvals, Approved
from resource_server.context.caller import Caller
from resource_server.gateway.forwarding.http_connection import head_of
from resource_server.gateway.forwarding.question import question
from resource_server.gateway.front import Front, Params
from resource_server.gateway.link import Viewer
from resource_server.gateway.listing import Listing
from resource_server.gateway.upstream import Transport, Upstream
from resource_server.usage.counting import UsedTool
from shared.authorization_details import MemoryAccess
from tests.mcp_messages import MODERN

MEGABYTE = 1024 * 1024
CALLS = 20


async def notify(_method: str, _params: Params) -> None:
    """Nobody listens."""


async def ask(_method: str, _params: Params) -> dict[str, Any]:
    """Nobody answers."""
    return {}


def head_with(argument: str) -> bytes:
    """The head of a call whose argument a header repeats."""
    front = Front({}, notify, ask, repeated={"Mcp-Param-Region": argument})
    asked = question(MODERN, "tools/call", {"name": "routed"}, front, {"Authorization": "Bearer token"})
    return head_of("localhost", "/mcp", asked.headers, len(asked.body))


def test_arguments_that_headers_repeat_are_not_kept() -> None:
    tracemalloc.start()
    for number in range(CALLS):
        assert head_with(f"{number}" * MEGABYTE).count(b"\r\n") == head_with("eu").count(b"\r\n")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 4 * MEGABYTE


def test_a_header_is_the_same_whether_its_head_is_kept_or_not() -> None:
    assert [head_with("eu"), head_with("us")] == [head_with("eu"), head_with("us")]
    short = head_of("localhost", "/mcp", {"authorization": "Bearer of ada"}, 1)
    assert short != head_of("localhost", "/mcp", {"authorization": "Bearer of bob"}, 1)


def test_an_approval_keeps_no_list_that_is_gone() -> None:
    """A list may have megabytes, and each tool that was called an approval of its own."""
    caller = Caller("usr_1", "app", "gr_1", frozenset(), MemoryAccess(), lambda: None)
    upstream, used = Upstream("srv_1", "odd", "", Transport.HTTP), UsedTool("usr_1", "app", "", "odd", "echo")
    approvals, listing = Approvals(), Listing({"echo": {"name": "echo"}})
    approved = Approved(caller, Viewer("usr_1", "app"), upstream, "echo", is_repeatable=False, used=used)
    approvals.remember("odd__echo", approved, listing, 1)
    kept = ref(listing)
    del listing
    assert kept() is None
