"""Tool definitions that strict importers accept: each rule here is a refusal that somebody met.

The rules are for arguments first, since those travel to the model's API; what answers may say is said where it differs.
"""

import json
import re
from collections.abc import Iterator

import mcp_types
from jsonschema import Draft202012Validator

from resource_server.tools.topics import TOOLS
from shared.server_access import NO_SERVER
from shared.tool_sets import STANDARD
from tests.spec.served_tools import Schema, answer_schema, every_tool, served_tools

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


def test_the_pair_is_among_the_tools() -> None:
    """The rules look at what is served: all topics, and no tool twice."""
    names = [tool.name for tool in served_tools()]
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
    standard = served_tools(STANDARD, NO_SERVER)
    listed = [tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in standard]
    assert len(standard) <= MOST_TOOLS
    assert len(json.dumps(listed, ensure_ascii=False)) <= LARGEST_LIST
    read = [{name: value for name, value in tool.items() if name != "outputSchema"} for tool in listed]
    assert len(json.dumps(read, ensure_ascii=False)) <= READ_BY_MODELS
