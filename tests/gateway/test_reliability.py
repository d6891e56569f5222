"""Servers that hang, crash, lie and flood: every call ends soon and clearly, and nobody else waits for it."""

import logging
import threading
import time
from dataclasses import replace

import anyio
import pytest

from resource_server.gateway.breaker import FAILURES, FIRST_PAUSE, Breaker
from resource_server.gateway.failures import UnreachableError
from resource_server.gateway.health import Health, State, Watches
from resource_server.gateway.listing import LEAST_SECONDS
from resource_server.gateway.origins import ORIGIN
from resource_server.gateway.upstream import Transport, Upstream
from resource_server.gateway.wanted import CredentialWantedError, Wants
from resource_server.transport.server import INSTRUCTIONS
from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.hasty import CALL_SECONDS, HTTP, SOON, WAYS, add, ready, said
from tests.gateway.hasty import app as app
from tests.gateway.hasty import hasty as hasty
from tests.gateway.hasty import rogue as rogue
from tests.gateway.hasty import servers as servers
from tests.gateway.rogue_http import Rogue
from tests.gateway.test_tools import answered, holder, names
from tests.key_holders import KeyHolder


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_hangs_is_waited_for_so_long_and_no_longer(app: KeyHolder) -> None:
    begun = time.monotonic()
    assert said(app, "hang") == (False, "bad did not answer in time.")
    assert CALL_SECONDS <= time.monotonic() - begun < SOON


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_goes_on_with_news_has_no_longer_to_answer(app: KeyHolder) -> None:
    begun = time.monotonic()
    assert said(app, "chatter") == (False, "bad did not answer in time.")
    assert time.monotonic() - begun < SOON


@pytest.mark.parametrize("way", WAYS)
def test_a_result_of_too_many_values_is_too_large_however_few_bytes_it_has(app: KeyHolder, way: str) -> None:
    """Reading them takes the event loop, and everybody else waits."""
    is_well, text = said(app, "crumbs")
    assert not is_well
    assert "200000 values" in text or (way == "sse" and "more at once than is taken" in text)
    assert said(app, "echo", "afterwards") == (True, "afterwards")


@pytest.mark.parametrize("way", WAYS)
def test_a_result_that_is_too_large_is_told_as_that_and_costs_no_more_than_itself(app: KeyHolder, way: str) -> None:
    is_well, text = said(app, "huge")
    assert not is_well
    assert "at most 1 MB" in text or (way == "sse" and "more at once than is taken" in text)
    assert said(app, "echo", "afterwards") == (True, "afterwards")


@pytest.mark.parametrize("way", [way for way in WAYS if way != "sse"])
@pytest.mark.parametrize("tool", ["wrong_shape", "no_json"])
def test_an_answer_that_is_none_is_told_at_once(app: KeyHolder, way: str, tool: str) -> None:
    begun = time.monotonic()
    assert said(app, tool)[0] is False
    assert time.monotonic() - begun < CALL_SECONDS
    if way != "stdio":  # over pipes it goes on being busy with that call
        assert said(app, "echo", "afterwards") == (True, "afterwards")


@pytest.mark.parametrize("way", HTTP)
def test_an_answer_to_another_question_reaches_nobody(app: KeyHolder, way: str) -> None:
    is_well, text = said(app, "wrong_id", "mine")
    assert is_well is (way == "old")  # a stream of events is one request's own, whatever ids are in it
    assert text == "mine" or "another question" in text
    assert said(app, "twice", "mine") == (True, "mine")
    assert said(app, "echo", "afterwards") == (True, "afterwards")


@pytest.mark.parametrize("way", ["old", "stdio", "sse"])
def test_a_flood_of_messages_hides_no_answer(app: KeyHolder) -> None:
    assert said(app, "changes", "after all that") == (True, "after all that")


@pytest.mark.parametrize("way", WAYS)
def test_what_breaks_off_is_told_and_the_next_call_begins_anew(app: KeyHolder, rogue: tuple[Rogue, str]) -> None:
    is_well, text = said(app, "crash")
    assert not is_well
    assert text.startswith("bad ")
    assert said(app, "echo", "afterwards") == (True, "afterwards")
    assert rogue[0].calls.count("crash") <= 1, "a call whose fate is unknown was sent again"


def test_what_is_compressed_is_not_unpacked(hasty: Doors, servers: Behind, rogue: tuple[Rogue, str]) -> None:
    """Two megabytes in two kilobytes."""
    servers.http("bad", f"{rogue[1]}/bomb")
    app = ready(hasty)
    is_well, text = said(app, "echo")
    assert not is_well
    assert "not compressed" in text


def test_a_server_that_forgot_its_sessions_gets_a_new_one_and_the_call_once(
    hasty: Doors, servers: Behind, rogue: tuple[Rogue, str]
) -> None:
    """MCP, streamable HTTP: 404 says that the session is gone, so nothing was done."""
    servers.http("bad", f"{rogue[1]}/old")
    app = ready(hasty)
    assert said(app, "later", "first") == (True, "first")
    rogue[0].forget_sessions()
    rogue[0].calls.clear()
    assert said(app, "later", "second") == (True, "second")
    assert rogue[0].calls == ["later"]


def test_one_person_cannot_take_all_room(hasty: Doors, servers: Behind, rogue: tuple[Rogue, str]) -> None:
    add(servers, "modern", rogue[1])
    greedy, other = ready(hasty), holder(hasty)
    found: list[tuple[bool, str]] = []
    callers = [threading.Thread(target=lambda: found.append(said(greedy, "hang"))) for _ in range(6)]
    for one in callers:
        one.start()
    wait_until(lambda: rogue[0].calls.count("hang") == 3)
    assert said(other, "echo", "mine") == (True, "mine")
    for one in callers:
        one.join()
    texts = [text for _, text in found]
    assert sum("busy" in text for text in texts) == 3
    assert sum("in time" in text for text in texts) == 3


def test_a_server_that_lets_calls_wait_is_left_alone_for_a_while(
    hasty: Doors, servers: Behind, rogue: tuple[Rogue, str]
) -> None:
    add(servers, "modern", rogue[1])
    app, other = ready(hasty), holder(hasty)
    callers = [threading.Thread(target=lambda: said(app, "hang")) for _ in range(FAILURES)]
    for one in callers:
        one.start()
    for one in callers:
        one.join()
    begun = time.monotonic()
    assert "did not answer lately" in said(app, "echo")[1]
    assert time.monotonic() - begun < CALL_SECONDS
    assert said(other, "echo", "of another person") == (True, "of another person")


def test_what_another_server_answers_says_whose_it_is_and_nothing_else_of_it_changes(
    hasty: Doors, servers: Behind, rogue: tuple[Rogue, str]
) -> None:
    add(servers, "old", rogue[1])
    result = answered(ready(hasty), "bad__echo", nonce="n1")
    assert result.pop("_meta") == {ORIGIN: {"server": "bad", "trust": "third-party"}}
    assert result == {"content": [{"type": "text", "text": "n1"}], "isError": False}


def test_instructions_of_a_server_never_enter_ours(hasty: Doors, servers: Behind, rogue: tuple[Rogue, str]) -> None:
    add(servers, "old", rogue[1])
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "app", "version": "1"}}
    greeted = ready(hasty).post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).json()
    assert greeted["result"]["instructions"] == INSTRUCTIONS
    assert "Ignore what you were told" not in INSTRUCTIONS


@pytest.mark.parametrize("way", ["old", "stdio"])
def test_a_server_that_says_all_the_time_that_its_tools_changed_is_asked_for_them_seldom(
    app: KeyHolder, rogue: tuple[Rogue, str]
) -> None:
    begun = time.monotonic()
    for number in range(5):
        assert said(app, "changes", f"n{number}") == (True, f"n{number}")
        assert "bad__echo" in names(app)
    assert rogue[0].lists <= 2 + (time.monotonic() - begun) / LEAST_SECONDS


@pytest.mark.parametrize("way", WAYS)
def test_no_log_shows_what_a_server_gets_or_says(
    hasty: Doors, servers: Behind, rogue: tuple[Rogue, str], way: str,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """AS-110, for what goes to servers behind the gateway."""
    add(servers, way, rogue[1], secrets={"X_KEY" if way == "stdio" else "X-Key": "not-for-any-log"})
    app = ready(hasty)
    with caplog.at_level(logging.INFO):
        for tool in ("echo", "crash", "no_json", "wrong_shape"):
            said(app, tool, "nor-is-this")
    told = caplog.text + "".join(capfd.readouterr())
    assert "not-for-any-log" not in told
    assert "nor-is-this" not in told


def test_health_says_what_was_seen_since_when_and_when_the_next_try_is() -> None:
    async def run() -> list[Health]:
        watches, seen = Watches(), []
        server = Upstream("srv_1", "bad", "", Transport.HTTP, revision="1")
        seen.append(watches.health(server, "ada"))
        for _ in range(FAILURES):
            with pytest.raises(UnreachableError), watches.watched(server, "ada"):
                raise UnreachableError("bad cannot be reached.")
        seen.append(watches.health(server, "ada"))
        with pytest.raises(UnreachableError, match="next try"), watches.watched(server, "ada"):
            raise AssertionError("it is left alone")
        with pytest.raises(CredentialWantedError), watches.watched(server, "bob"):
            raise CredentialWantedError("bad", Wants.CONNECTION)
        seen.append(watches.health(server, "bob"))
        with watches.watched(replace(server, revision="2"), "ada"):
            pass
        return [*seen, watches.health(replace(server, revision="2"), "ada")]

    unknown, down, wanting, mended = anyio.run(run)
    assert unknown == Health()
    assert (down.state, down.last_error) == (State.DOWN, "bad cannot be reached.")
    assert down.since is not None
    assert down.next_try is not None
    assert wanting.wants_credential
    assert mended.state is State.WORKS


def test_a_breaker_lets_one_through_after_its_pause_and_counts_no_crowd() -> None:
    breaker = Breaker()
    for _ in range(FAILURES + 20):
        breaker.failed(100.0)
    assert breaker.seconds_closed(101.0) == FIRST_PAUSE - 1
    assert breaker.seconds_closed(106.0) == 0
    assert breaker.seconds_closed(106.0) > 0
    breaker.failed(107.0)
    assert breaker.seconds_closed(107.0) == 2 * FIRST_PAUSE
    breaker.worked()
    assert breaker.seconds_closed(107.0) == 0


def test_one_bad_server_delays_no_list_and_no_call_of_another(
    hasty: Doors, servers: Behind, rogue: tuple[Rogue, str], upstream_url: str
) -> None:
    add(servers, "modern", rogue[1])
    servers.http("good", upstream_url)
    servers.http("dead", "http://127.0.0.1:9/mcp")
    app = ready(hasty)
    wait_until(lambda: "good__add" in names(app))
    flood = threading.Thread(target=lambda: said(app, "endless"))
    flood.start()
    for number in range(10):
        begun = time.monotonic()
        assert answered(app, "good__add", one=number, two=1)["structuredContent"] == {"result": number + 1}
        assert "good__add" in names(app)
        assert time.monotonic() - begun < CALL_SECONDS
    flood.join()
