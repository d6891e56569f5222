"""The registry: what a function must say to be a tool, and what callers get back."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import anyio
import mcp_types
import pytest
import structlog
from mcp import MCPError
from pydantic import BaseModel, Field

from resource_server.context.caller import Caller, GrantEndedError, ToolError
from resource_server.tools.registry import Registry
from resource_server.tools.requires import MissingPolicyError, requires
from resource_server.tools.turns import THREADS
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.scopes import Scope
from shared.tool_sets import STANDARD, ToolSet
from tests.servers import PATIENCE

READ, WRITE = Scope.MEMORY_READ, Scope.MEMORY_WRITE
SECRET = "what the person told nobody"


class Echo(BaseModel):
    """An answer."""

    words: str


Words = Annotated[str, Field(max_length=5, description="Anything.")]
Times = Annotated[int | None, Field(ge=1, description="How often.")]


@requires(READ, title="Echo")
def echo(words: Words, caller: Caller, times: Times = None) -> Echo:
    """Say it again.

    In a paragraph that source code
    breaks in two.
    """
    return Echo(words=f"{caller.client_name}: {words * (times or 1)}")


@requires(READ, title="Echo later")
async def echo_later(words: Words) -> Echo:
    """Say it again, without a thread."""
    await anyio.lowlevel.checkpoint()
    return Echo(words=f"{words} {threading.current_thread() is threading.main_thread()}")


@requires(WRITE, title="Change", destructive=True)
def change() -> Echo:
    """Change something."""
    return Echo(words="")


@requires(READ, title="Break")
def broken() -> Echo:
    """Fail for a reason of our own."""
    raise RuntimeError(SECRET)


@requires(READ, title="Refuse")
def mendable() -> Echo:
    """Fail for a reason the model can mend."""
    raise ToolError("Ask for less.")


@requires(WRITE, title="Too late")
def too_late() -> Echo:
    """The grant ended meanwhile."""
    raise GrantEndedError


TOOLS = (mendable, echo, broken, echo_later, change, too_late)


def caller(*scopes: Scope, read: tuple[str, ...] = ("personal",), write: tuple[str, ...] = ("personal",)) -> Caller:
    """Somebody with these scopes and namespaces."""
    access = MemoryAccess(NamespaceSet.of(*read), NamespaceSet.of(*write))
    return Caller("usr_1", "cli_1", "grt_1", frozenset(scopes), access, lambda: None, "Claude")


def call(name: str, arguments: dict[str, Any] | None = None, who: Caller | None = None) -> mcp_types.CallToolResult:
    """One call."""
    return anyio.run(Registry(TOOLS, {}).call, name, arguments, who or caller(READ, WRITE))


def text_of(result: mcp_types.CallToolResult) -> str:
    """The text a model reads."""
    (content,) = result.content
    assert isinstance(content, mcp_types.TextContent)
    return content.text


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """What is logged."""
    with structlog.testing.capture_logs() as entries:
        yield entries


def test_a_function_without_requires_is_refused_at_start() -> None:
    def unmarked() -> Echo:
        """Forgot its scope."""
        return Echo(words="")

    with pytest.raises(MissingPolicyError):
        Registry([unmarked], {})


def test_requires_names_at_least_one_scope() -> None:
    with pytest.raises(MissingPolicyError):
        requires(title="Nothing")


def test_an_argument_without_a_description_is_refused_at_start() -> None:
    @requires(READ, title="Terse")
    def terse(words: str) -> Echo:
        """Says nothing about its argument."""
        return Echo(words=words)

    with pytest.raises(TypeError, match="words"):
        Registry([terse], {})


def test_two_tools_of_one_name_are_refused_at_start() -> None:
    with pytest.raises(ValueError, match="same name"):
        Registry([echo, echo], {})


def test_the_list_has_one_order() -> None:
    names = [tool.name for tool in Registry(TOOLS, {}).visible_tools(caller(READ, WRITE))]
    assert names == ["broken", "change", "echo", "echo_later", "mendable", "too_late"]


@pytest.mark.parametrize(
    ("who", "names"),
    [
        (caller(READ, WRITE), {"broken", "change", "echo", "echo_later", "mendable", "too_late"}),
        (caller(READ), {"broken", "echo", "echo_later", "mendable"}),
        (caller(WRITE), {"change", "too_late"}),
        (caller(READ, WRITE, read=()), {"change", "too_late"}),
        (caller(READ, WRITE, write=()), {"broken", "echo", "echo_later", "mendable"}),
        (caller(READ, WRITE, read=("*",), write=()), {"broken", "echo", "echo_later", "mendable"}),
        (caller(), set()),
        (caller(Scope.OFFLINE_ACCESS), set()),
    ],
)
def test_a_tool_is_listed_when_its_scope_is_held_and_reaches_something(who: Caller, names: set[str]) -> None:
    registry = Registry(TOOLS, {})
    assert {tool.name for tool in registry.visible_tools(who)} == names


def test_a_tool_is_reached_through_its_set_alone() -> None:
    @requires(READ, title="Look back", tool_set=ToolSet.HISTORY)
    def look_back() -> Echo:
        """See what was."""
        return Echo(words="what was")

    registry = Registry([look_back], {})
    standard = caller(READ)
    given = replace(standard, access=replace(standard.access, tools=STANDARD | {ToolSet.HISTORY}))
    assert registry.visible_tools(standard) == []
    refused = anyio.run(registry.call, "look_back", {}, standard)
    assert refused.is_error
    assert "'history'" in text_of(refused)
    assert [tool.name for tool in registry.visible_tools(given)] == ["look_back"]
    assert not anyio.run(registry.call, "look_back", {}, given).is_error


@pytest.mark.parametrize("who", [caller(READ), caller(READ, WRITE, write=())])
def test_what_is_not_listed_is_not_callable(who: Caller) -> None:
    """AS-118: the gate answers a missing scope; what is left here is a tool error."""
    assert call("change", {}, who).is_error


def test_annotations_become_a_plain_schema() -> None:
    tool = next(tool for tool in Registry(TOOLS, {}).visible_tools(caller(READ)) if tool.name == "echo")
    assert tool.input_schema == {
        "type": "object",
        "additionalProperties": False,
        "required": ["words"],
        "properties": {
            "words": {"type": "string", "maxLength": 5, "description": "Anything."},
            "times": {"type": "integer", "minimum": 1, "description": "How often."},
        },
    }
    assert tool.description == "Say it again.\n\nIn a paragraph that source code breaks in two."
    assert tool.output_schema is not None
    assert tool.output_schema["properties"] == {"words": {"type": "string"}}


def test_hints_follow_from_the_scopes() -> None:
    tools = {tool.name: tool.annotations for tool in Registry(TOOLS, {}).visible_tools(caller(READ, WRITE))}
    reading, writing = tools["echo"], tools["change"]
    assert reading is not None
    assert (reading.read_only_hint, reading.destructive_hint, reading.open_world_hint) == (True, False, False)
    assert writing is not None
    assert (writing.read_only_hint, writing.destructive_hint, writing.idempotent_hint) == (False, True, False)


def test_scopes_and_schemas_are_known_by_name() -> None:
    registry = Registry(TOOLS, {})
    assert registry.required_scopes("change") == {WRITE}
    assert registry.required_scopes("nothing") is None
    assert registry.input_schema("nothing") is None


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
    assert any("test_tools_registry" in frame for frame in entry["frames"])


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
