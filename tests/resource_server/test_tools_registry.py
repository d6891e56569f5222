"""The registry: what a function must say to be a tool, and who sees it."""

from dataclasses import replace

import anyio
import pytest

from resource_server.context.caller import Caller
from resource_server.tools.registry import Registry
from resource_server.tools.requires import MissingPolicyError, requires
from shared.scopes import Scope
from shared.tool_sets import STANDARD, ToolSet
from tests.resource_server.sample_tools import READ, TOOLS, WRITE, Echo, call, caller, echo, text_of


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
