"""Tool definitions that strict importers accept: each rule here is a refusal that somebody met.

The rules are for arguments first, since those travel to the model's API; what answers may say is said where it differs.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import mcp_types
import pytest
from jsonschema import Draft202012Validator

from resource_server.context.caller import Caller
from resource_server.memory.store import MemoryStores
from resource_server.tools.registry import Registry
from resource_server.tools.topics import TOOLS, open_registry
from shared.authorization_details import ALL, MemoryAccess, NamespaceSet
from shared.ids import new_id
from shared.scopes import RESOURCE_SCOPES, Scope
from shared.server_access import EVERY_SERVER, NO_SERVER, ServerAccess
from shared.tool_sets import EVERY, STANDARD, ToolSets
from tests.resource_server.conftest import registry as registry
from tests.resource_server.tool_callers import App

Schema = dict[str, Any]

LONGEST_NAME = 24
LONGEST_DESCRIPTION = 1_024
LONGEST_ARGUMENT_DESCRIPTION = 256
LARGEST_LIST = 70_000
READ_BY_MODELS = 28_000
"""Characters of names, descriptions and arguments: hosts hand no model what an answer looks like."""

MOST_TOOLS = 21
"""What a new app is given unless the person chooses otherwise."""

DEEPEST = 5
DEEPEST_ANSWER = 8
"""No model fills in an answer."""

PLAIN = {
    "type", "description", "properties", "required", "additionalProperties", "items", "enum", "default",
    "minimum", "maximum", "maxLength", "maxItems", "pattern",
}  # fmt: skip
TYPES = {"string", "number", "integer", "boolean", "array", "object"}


def _tools(sets: ToolSets = EVERY, servers: ServerAccess = EVERY_SERVER) -> list[mcp_types.Tool]:
    """All tools of these sets as an app with every permission sees them."""
    everywhere = NamespaceSet.of(ALL)
    access = MemoryAccess(everywhere, everywhere, sets, servers)
    caller = Caller("usr_1", "cli_1", "grt_1", frozenset(RESOURCE_SCOPES), access, lambda: None)
    return open_registry(cast("MemoryStores", None), "").visible_tools(caller)  # none is called


every_tool = pytest.mark.parametrize("tool", _tools(), ids=lambda tool: tool.name)


def nodes(schema: Schema) -> Iterator[Schema]:
    """The schema and every schema inside it."""
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from nodes(inner)
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from nodes(schema[keyword])


def depth(schema: Schema) -> int:
    """How many schemas lie inside one another."""
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return 1 + max(map(depth, inner), default=0)


def answer_schema(tool: mcp_types.Tool) -> Schema:
    """Every tool of ours declares what it answers."""
    assert tool.output_schema is not None
    return tool.output_schema


def test_the_pair_is_among_the_tools() -> None:
    """The rules look at what is served: all topics, and no tool twice."""
    names = [tool.name for tool in _tools()]
    assert {"search", "fetch", "memory_search"} <= set(names)
    assert len(names) == len(set(names)) == len(TOOLS)


@every_tool
def test_a_name_is_one_every_model_api_takes(tool: mcp_types.Tool) -> None:
    """OpenAI and Anthropic: `^[a-zA-Z0-9_-]{1,64}$`; Gemini: a letter or an underscore first.

    Lucassssss/eechat#52, getsentry/XcodeBuildMCP#3, wonderwhy-er/DesktopCommanderMCP#79.
    """
    assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}", tool.name)


@every_tool
def test_a_name_leaves_room_for_the_name_of_the_server(tool: mcp_types.Tool) -> None:
    """Cursor drops a tool whose name and server's name exceed 60 characters together (ComposioHQ/composio#2788).

    `mcp__<server>__<tool>` of Claude Code has 64 (getsentry/XcodeBuildMCP#3).
    """
    assert len(tool.name) <= LONGEST_NAME


@every_tool
def test_a_tool_is_described_within_what_is_read(tool: mcp_types.Tool) -> None:
    """Claude Code cuts a description at 2 KB (RedHatInsights/insights-mcp#340): half of that is enough."""
    assert tool.title
    assert 20 <= len(tool.description or "") <= LONGEST_DESCRIPTION


@every_tool
def test_the_hints_chatgpt_asks_for_are_all_said(tool: mcp_types.Tool) -> None:
    """developers.openai.com/apps-sdk/build/mcp-server, tool annotations: each is set by what the tool does."""
    hints = tool.annotations
    assert hints is not None
    assert None not in (hints.read_only_hint, hints.destructive_hint, hints.open_world_hint)
    assert not (hints.read_only_hint and hints.destructive_hint)


@every_tool
def test_the_top_level_is_a_plain_object(tool: mcp_types.Tool) -> None:
    """OpenAI: "type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level".

    langchain-ai/langchainjs#9804; Anthropic the same, and the whole request fails (makenotion/notion-mcp-server#341,
    anthropics/claude-code#64113); the TypeScript SDK asks it of outputSchema too (opentokenz/mcpx#28).
    """
    for schema in (tool.input_schema, answer_schema(tool)):
        assert schema["type"] == "object"
        assert set(schema) <= {"type", "properties", "required", "additionalProperties", "description"}


@every_tool
def test_no_arguments_are_an_empty_object(tool: mcp_types.Tool) -> None:
    """OpenAI: "object schema missing properties" (enechange/collmbo#384)."""
    assert isinstance(tool.input_schema["properties"], dict)
    assert set(tool.input_schema.get("required", [])) <= set(tool.input_schema["properties"])


@every_tool
def test_arguments_use_plain_keywords_alone(tool: mcp_types.Tool) -> None:
    """Gemini knows neither $ref nor anyOf nor exclusiveMinimum; Codex makes a string of anyOf.

    google-gemini/gemini-cli#22210, hideya/langchain-mcp-tools-ts#36; openai/codex#13768, openai/codex#20604.
    """
    assert {keyword for node in nodes(tool.input_schema) for keyword in node} <= PLAIN


@every_tool
def test_an_argument_has_one_type(tool: mcp_types.Tool) -> None:
    """Gemini: "Proto field is not repeating" for a list of types, "didn't specify the schema type field" for none.

    zed-industries/zed#44875, google-gemini/gemini-cli#4400; Anthropic refuses lists (NousResearch/hermes-agent#75591).
    """
    assert all(node.get("type") in TYPES for node in nodes(tool.input_schema))


@every_tool
def test_a_string_argument_has_no_format(tool: mcp_types.Tool) -> None:
    """Gemini: "only 'enum' and 'date-time' are supported for STRING type" (google-gemini/gemini-cli#2237)."""
    assert not [node for node in nodes(tool.input_schema) if "format" in node]


@every_tool
def test_an_array_says_what_it_holds(tool: mcp_types.Tool) -> None:
    """VS Code: "tool parameters array type must have items" (microsoft/vscode#284536, microsoft/vscode#246119).

    ChatGPT refuses a list of schemas there (oomkapwn/enquire-mcp#354).
    """
    for node in (*nodes(tool.input_schema), *nodes(answer_schema(tool))):
        if node.get("type") == "array":
            assert isinstance(node["items"], dict)
            assert node["items"].get("type")


@every_tool
def test_a_choice_is_between_strings(tool: mcp_types.Tool) -> None:
    """Gemini's enum is a list of strings (chrisdoc/hevy-mcp#1161), beside a type (google-gemini/gemini-cli#4400)."""
    for node in (*nodes(tool.input_schema), *nodes(answer_schema(tool))):
        if "enum" in node:
            assert node["type"] == "string"
            assert node["enum"]
            assert all(isinstance(choice, str) for choice in node["enum"])


@every_tool
def test_additional_properties_are_refused_or_not_mentioned(tool: mcp_types.Tool) -> None:
    """OpenAI's strict mode wants false, and Gemini's importers know no schema there (promptfoo/promptfoo#6902)."""
    assert tool.input_schema["additionalProperties"] is False
    assert all(node.get("additionalProperties", False) is False for node in nodes(tool.input_schema))


@every_tool
def test_an_argument_has_a_name_and_a_description(tool: mcp_types.Tool) -> None:
    """Anthropic: "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'" (freee/freee-mcp#15).

    What a model knows of an argument is its description.
    """
    for name, argument in tool.input_schema["properties"].items():
        assert re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", name)
        assert 5 <= len(argument["description"]) <= LONGEST_ARGUMENT_DESCRIPTION


@every_tool
def test_a_default_is_of_its_own_type(tool: mcp_types.Tool) -> None:
    """JSON Schema 2020-12 §9.2 (validation): a default that does not fit its schema misleads whoever fills it in."""
    for node in (*nodes(tool.input_schema), *nodes(answer_schema(tool))):
        if "default" in node:
            Draft202012Validator(node).validate(node["default"])


@every_tool
def test_both_schemas_are_valid_and_flat(tool: mcp_types.Tool) -> None:
    """Anthropic: "It must match JSON Schema draft 2020-12" (anomalyco/opencode#2082).

    OpenAI's strict mode took five levels at first, and ten now (platform.openai.com/docs/guides/structured-outputs).
    """
    for schema, deepest in ((tool.input_schema, DEEPEST), (answer_schema(tool), DEEPEST_ANSWER)):
        Draft202012Validator.check_schema(schema)
        assert depth(schema) <= deepest


@every_tool
def test_an_answer_is_described_without_references_and_choices_of_schemas(tool: mcp_types.Tool) -> None:
    """MCP, outputSchema: clients validate by it and hosts show it, but hand it to no model's API.

    Beside the plain keywords it says which strings are dates, and which values may be null.
    """
    for node in nodes(answer_schema(tool)):
        assert set(node) <= PLAIN | {"format"}
        kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
        assert kinds[0] in TYPES
        assert kinds[1:] in ([], ["null"])
        assert node.get("format", "date-time") == "date-time"


def test_the_whole_list_stays_small() -> None:
    """Definitions are paid for in every conversation (anthropics/claude-code#7732): about four characters a token."""
    standard = _tools(STANDARD, NO_SERVER)
    listed = [tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in standard]
    assert len(standard) <= MOST_TOOLS
    assert len(json.dumps(listed, ensure_ascii=False)) <= LARGEST_LIST
    read = [{name: value for name, value in tool.items() if name != "outputSchema"} for tool in listed]
    assert len(json.dumps(read, ensure_ascii=False)) <= READ_BY_MODELS


CALLS: dict[str, Schema] = {
    "add_memory": {"user_input": "I like bees.", "agent_response": "Noted."},
    "document_add": {"title": "Bees", "content": "# Hives"},
    "document_delete": {"document_id": "DOCUMENT"},
    "document_list": {"limit": 1},
    "document_read": {"document_id": "DOCUMENT"},
    "fetch": {"id": "ID"},
    "get_user_profile": {},
    "graph_link": {"source": "bees", "relation": "kept_by", "target": "Grace", "valid_from": "2026-01-01"},
    "graph_query": {"node": "bees", "depth": 2, "at": "now"},
    "graph_topics": {"since": "2026-01-01", "limit": 3},
    "memory_delete": {"id": "ID"},
    "memory_feedback": {"id": "ID", "label": "useful"},
    "memory_delete_many": {"kinds": ["note"]},
    "memory_diff": {"since": "2026-01-01T00:00:00Z"},
    "memory_history": {"key": "bees"},
    "memory_ledger": {"action": "write"},
    "telemetry_cost": {"price": 3.0},
    "telemetry_stats": {"by": "app"},
    "memory_list": {"limit": 1},
    "memory_recall": {"key": "bees"},
    "memory_related": {"memory": "bees"},
    "memory_restore": {"id": "ID"},
    "memory_rollback": {"app": "Claude", "since": "2026-01-01"},
    "memory_search": {"query": "bees"},
    "memory_stats": {},
    "memory_store": {"text": "again", "ttl_seconds": 60, "metadata": {"deep": [{"er": None}]}},
    "memory_timeline": {"time_range": "last_24h"},
    "memory_trash": {"limit": 1},
    "memory_update": {"id": "ID", "tags": ["b"]},
    "retrieve_memory": {"query": "bees"},
    "search": {"query": "bees"},
    "server_status": {},
    "tools_pin": {"names": ["fix__add"], "pinned": False},
    "tools_search": {"query": "find what was saved"},
}


def _app(registry: Registry) -> App:
    """Of a new person, with every permission."""
    scopes = (Scope.MEMORY_READ, Scope.MEMORY_WRITE, Scope.GATEWAY_CALL)
    return App(registry, new_id("usr"), scopes=scopes, read=("*",), write=("*",), servers=EVERY_SERVER)


def arguments_for(app: App, tool: mcp_types.Tool, **extras: Any) -> Schema:
    """Those of CALLS, for what is now there: two memories and a document."""
    saved = app.call("memory_store", text="Grace keeps bees.", key="bees", **extras)
    app.call("memory_store", text="And a goat.")
    document = app.call("document_add", title="Bee guide", content="Bees live in hives.")
    if tool.name in ("memory_restore", "memory_trash"):
        app.call("memory_delete", id=saved["id"])
    ids = {"ID": saved["id"], "DOCUMENT": document["id"]}
    return {name: ids.get(str(value), value) for name, value in CALLS[tool.name].items()}


@every_tool
@pytest.mark.parametrize("is_full", [True, False], ids=["full", "bare"])
def test_an_answer_keeps_to_its_schema(registry: Registry, tool: mcp_types.Tool, is_full: bool) -> None:
    """MCP 2025-06-18, structured content: the server's answer conforms, which SDK clients check and else refuse."""
    app = _app(registry)
    extras = {"tags": ["a"], "metadata": {"list": [1, None]}, "ttl_seconds": 60} if is_full else {}
    arguments = arguments_for(app, tool, **extras)
    Draft202012Validator(tool.input_schema).validate(arguments)
    validator = Draft202012Validator(answer_schema(tool), format_checker=Draft202012Validator.FORMAT_CHECKER)
    validator.validate(app.call(tool.name, **arguments))


@every_tool
def test_an_answer_declares_everything_it_says(registry: Registry, tool: mcp_types.Tool) -> None:
    """Nothing is answered that outputSchema does not name, so that a host may show it by the schema alone."""
    app = _app(registry)
    arguments = arguments_for(app, tool)
    assert set(app.call(tool.name, **arguments)) == set(answer_schema(tool)["properties"])
