"""The registry: what callers get back, also for wrong arguments and after an accident."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import anyio
import mcp_types
import pytest
import structlog
from mcp import MCPError

from resource_server.context.caller import Caller
from resource_server.tools.registry import Registry
from resource_server.tools.requires import requires
from resource_server.tools.turns import THREADS
from tests.resource_server.sample_tools import READ, SECRET, Echo, call, caller, echo, text_of
from tests.servers import PATIENCE


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """What is logged."""
    with structlog.testing.capture_logs() as entries:
        yield entries


def test_an_answer_is_structured_and_text() -> None:
    result = call("echo", {"words": "hi", "times": 2})
    assert result.structured_content == {"words": "Claude: hihi"}
    assert json.loads(text_of(result)) == result.structured_content


def test_plain_functions_run_beside_the_loop_and_async_ones_on_it() -> None:
    assert call("echo_later", {"words": "hi"}).structured_content == {"words": "hi True"}


def test_null_means_left_out() -> None:
    assert call("echo", {"words": "hi", "times": None}).structured_content == {"words": "Claude: hi"}


def test_an_unknown_tool_is_a_protocol_error() -> None:
    with pytest.raises(MCPError) as caught:
        call("nothing")
    assert caught.value.error.code == mcp_types.INVALID_PARAMS


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({}, "words"),
        ({"words": "too long"}, "words"),
        ({"words": 5}, "words"),
        ({"words": "hi", "times": 0}, "times"),
        ({"words": "hi", "times": "x"}, "times"),
        ({"words": "hi", "wrods": 1}, "wrods"),
        ({"words": "hi", "caller": {"user_id": "usr_2"}}, "caller"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], named: str) -> None:
    result = call("echo", arguments)
    assert result.is_error
    assert repr(named) in text_of(result)


def test_an_unknown_argument_is_answered_with_the_allowed_ones() -> None:
    assert "words, times" in text_of(call("echo", {"words": "hi", "wrods": 1}))


def test_a_user_id_is_accepted_when_it_is_the_callers_own() -> None:
    assert not call("echo", {"words": "hi", "user_id": "usr_1"}).is_error


@pytest.mark.parametrize("user_id", ["usr_2", "default", "", None, 1, ["usr_1"], {"$ne": ""}])
def test_any_other_user_id_is_refused(user_id: object) -> None:
    result = call("echo", {"words": "hi", "user_id": user_id})
    assert result.is_error
    assert "usr_1" not in text_of(result)


def test_a_tool_error_is_what_the_model_reads() -> None:
    result = call("mendable")
    assert (result.is_error, text_of(result)) == (True, "Ask for less.")


def test_a_grant_that_ended_is_a_tool_error() -> None:
    assert call("too_late").is_error


def test_an_accident_is_logged_by_reference_and_without_its_words(logged: list[Any]) -> None:
    """AS-110: an exception's text may quote a memory."""
    result = call("broken")
    assert result.is_error
    (entry,) = logged
    assert entry["reference"] in text_of(result)
    assert SECRET not in text_of(result) + repr(entry)
    assert any("sample_tools" in frame for frame in entry["frames"])


def test_nobody_waits_for_who_asks_for_much() -> None:
    """One person's calls that take long leave threads to others."""
    let_go, greedy, other = threading.Event(), caller(READ), replace(caller(READ), user_id="usr_2")

    @requires(READ, title="Take long")
    def take_long(_caller: Caller) -> Echo:
        """Take as long as it takes."""
        return Echo(words=str(let_go.wait(PATIENCE)))

    async def ask() -> str:
        registry = Registry([take_long, echo], {})
        async with anyio.create_task_group() as calls:
            for _ in range(2 * THREADS):
                calls.start_soon(registry.call, "take_long", {}, greedy)
            await anyio.wait_all_tasks_blocked()
            with anyio.fail_after(PATIENCE / 2):
                answer = await registry.call("echo", {"words": "hi"}, other)
            let_go.set()
        return text_of(answer)

    assert "hi" in anyio.run(ask)
