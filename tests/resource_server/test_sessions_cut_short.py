"""Requests that end while a session opens: nothing stays in the SDK that no limit counts, so nobody can fill it."""

from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from tests.mcp_messages import initialize, request
from tests.resource_server.session_bridges import WatchedManager, bridge, caller

pytestmark = pytest.mark.anyio
SOMEBODY_ELSE = caller("usr_2")


async def test_a_grant_that_ends_while_its_session_is_registered_leaves_none_behind(tmp_path: Path) -> None:
    """The SDK has answered, the row is not written, and the request is cut short as the end of a grant does it."""
    manager = WatchedManager(max_sessions=1)
    async with bridge(tmp_path, manager) as post:
        with anyio.CancelScope() as grant:
            manager.when_answered = lambda method: grant.cancel() if method == "POST" else None
            await post(initialize())
        assert grant.cancelled_caught
        manager.when_answered = lambda _method: None
        assert (await post(initialize(), by=SOMEBODY_ELSE)).status == 200


@pytest.mark.parametrize("last_answered", [1, 2])
async def test_a_grant_that_ends_while_its_session_is_revived_leaves_none_behind(
    tmp_path: Path, last_answered: int
) -> None:
    """Between the two messages of a greeting, and after the second: what is there is the session's own."""
    there = WatchedManager(max_sessions=1)
    async with bridge(tmp_path, WatchedManager()) as post_here, bridge(tmp_path, there) as post_there:
        session_id = (await post_here(initialize())).headers["mcp-session-id"]
        answered: list[str] = []
        with anyio.CancelScope() as grant:

            def count(method: str) -> None:
                answered.append(method)
                if len(answered) == last_answered:
                    grant.cancel()

            there.when_answered = count
            await post_there(request("ping"), session_id)
        assert grant.cancelled_caught
        assert (await post_there(request("ping"), session_id)).status == 200
        assert (await post_here(None, session_id)).status == 204


async def test_the_grants_of_a_person_take_no_more_room_than_their_sessions(tmp_path: Path) -> None:
    """One session used with ever new grants: the least recently used gives way, and comes back when it is used."""
    grants = [caller("usr_1", f"grt_{number}") for number in range(5)]
    async with bridge(tmp_path, WatchedManager(max_sessions=3), per_user=2) as post:
        session_id = (await post(initialize(), by=grants[0])).headers["mcp-session-id"]
        for grant in (*grants, *grants):
            assert (await post(request("ping"), session_id, by=grant)).status == 200
        assert (await post(initialize(), by=SOMEBODY_ELSE)).status == 200


async def test_the_end_of_a_session_is_its_end_for_every_grant_in_every_process(tmp_path: Path) -> None:
    """DELETE frees what the SDK keeps for the others too, where it comes in and elsewhere."""
    wide, narrow = caller("usr_1", "grt_wide"), caller("usr_1", "grt_narrow")
    here, there = WatchedManager(max_sessions=2), WatchedManager(max_sessions=2)
    async with bridge(tmp_path, here) as post_here, bridge(tmp_path, there) as post_there:
        session_id = (await post_here(initialize(), by=wide)).headers["mcp-session-id"]
        for post in (post_here, post_there):
            for grant in (wide, narrow):
                assert (await post(request("ping"), session_id, by=grant)).status == 200
        assert (await post_here(None, session_id, by=narrow)).status == 204
        for post in (post_here, post_here, post_there, post_there):
            with anyio.fail_after(10):
                while (await post(initialize(), by=SOMEBODY_ELSE)).status == 503:
                    await anyio.lowlevel.checkpoint()
