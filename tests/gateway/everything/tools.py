"""Its tools: each with what a list says of it, and what it does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import mcp_types as t
from mcp.server.connection import allowed_log_levels

from tests.gateway.everything import asking, rounds
from tests.gateway.everything.asking import Answer, Context, Params
from tests.gateway.everything.contents import embedded, picture, said, sound, text

PAUSE = 0.05
LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
DATA = '{"test":"data","value":123}'
NOTHING: dict[str, Any] = {"type": "object", "properties": {}}
SCHEMA_2020_12: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
CUSTOM_HEADERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "priority": {"type": "integer", "x-mcp-header": "Priority"},
    },
}

Run = Callable[[Context, Params], Awaitable[Answer]]


def texts(*names: str) -> dict[str, Any]:
    """The schema of arguments that are text, all required."""
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": list(names)}


@dataclass(frozen=True)
class EverythingTool:
    """One tool."""

    run: Run
    schema: dict[str, Any] = field(default_factory=lambda: NOTHING)

    def listed(self, name: str) -> t.Tool:
        """As tools/list says it."""
        return t.Tool(name=name, description=f"{name}, for tests.", input_schema=self.schema, _meta={"for": "tests"})


def answering(*content: Any, is_error: bool = False) -> EverythingTool:
    """One that always says the same."""

    async def run(_context: Context, _params: Params) -> Answer:
        return said(*content, is_error=is_error)

    return EverythingTool(run)


async def logs(context: Context, _params: Params) -> Answer:
    """Tells on the way what it does, at two levels, if it is told to."""
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await log(context, "info", words)
        await anyio.sleep(PAUSE)
    await log(context, "debug", "Nothing else")
    return said(text("It told what it did."))


async def log(context: Context, level: t.LoggingLevel, words: str) -> None:
    """One line, if this request lets lines of that level through, and whoever set a level did."""
    allowed = allowed_log_levels(context.protocol_version, context.meta)
    if level in allowed and LEVELS.index(level) >= LEVELS.index(context.lifespan_context.level):
        line = t.LoggingMessageNotificationParams(level=level, logger="everything", data=words)
        await context.session.send_notification(t.LoggingMessageNotification(params=line), context.request_id)


async def progress(context: Context, _params: Params) -> Answer:
    """Tells how far it is."""
    for done in (0, 50, 100):
        await context.session.report_progress(done, 100)
        await anyio.sleep(PAUSE)
    return said(text("It is done."))


async def echo(_context: Context, params: Params) -> Answer:
    """Says what it was given."""
    return t.CallToolResult(
        content=[text(str(params.arguments))], structured_content=params.arguments or {}, _meta={"echoed": True}
    )


async def headers(context: Context, _params: Params) -> Answer:
    """Says which headers named arguments."""
    given = context.request.headers if context.request is not None else {}
    return said(text(str({name: given[name] for name in given if name.startswith("mcp-param-")})))


TOOLS: dict[str, EverythingTool] = {
    "test_simple_text": answering(text("This is a simple text response for testing.")),
    "test_image_content": answering(picture()),
    "test_audio_content": answering(sound()),
    "test_embedded_resource": answering(embedded("test://embedded-resource", "This is an embedded resource content.")),
    "test_multiple_content_types": answering(
        text("Multiple content types test:"),
        picture(),
        embedded("test://mixed-content-resource", DATA, "application/json"),
    ),
    "test_error_handling": answering(text("This tool intentionally returns an error for testing"), is_error=True),
    "test_tool_with_logging": EverythingTool(logs),
    "test_logging_tool": EverythingTool(logs),
    "test_tool_with_progress": EverythingTool(progress),
    "test_sampling": EverythingTool(asking.sampling, texts("prompt")),
    "test_elicitation": EverythingTool(asking.elicitation, texts("message")),
    "test_elicitation_sep1034_defaults": EverythingTool(asking.defaults),
    "test_elicitation_sep1330_enums": EverythingTool(asking.enums),
    "test_missing_capability": EverythingTool(asking.missing_capability),
    "json_schema_2020_12_tool": EverythingTool(echo, SCHEMA_2020_12),
    "test_custom_headers": EverythingTool(headers, CUSTOM_HEADERS),
    **{name: EverythingTool(rounds.once) for name in rounds.ONE_NEED},
    **{name: EverythingTool(rounds.stateful) for name in rounds.WITH_STATE},
    "test_input_required_result_multi_round": EverythingTool(rounds.steps),
    "test_input_required_result_capabilities": EverythingTool(rounds.able),
}
