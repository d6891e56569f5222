"""docs/reference/tools.md: the tools as an app with every permission sees them."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import mcp_types

from resource_server.context.caller import Caller
from resource_server.memory.store import MemoryStores
from resource_server.tools.aliases.kagura import PREFIX
from resource_server.tools.aliases.names import ALIASES
from resource_server.tools.calling import DEFINITION
from resource_server.tools.topics import open_registry
from shared.authorization_details import ALL, MemoryAccess, NamespaceSet
from shared.scopes import RESOURCE_SCOPES, format_scope
from shared.server_access import EVERY_SERVER
from shared.tool_sets import EVERY, SENTENCES, STANDARD, ToolSet


def tools_page() -> str:
    """One section a tool: what it does, what it needs, its arguments."""
    registry = open_registry(cast("MemoryStores", None), "")  # tools are listed, none is called
    lines = [
        "# Tools",
        "",
        "<!-- Written by `make docs` from the code; edit the code instead. -->",
        "",
        "An app sees the tools that its grant reaches and no others. A call whose scope is missing is answered with",
        "HTTP 403 and a challenge, so that the app can ask the person; what the model can mend is a tool error.",
        "",
        "Tools come in sets, chosen on the consent page, since a model reads about each tool it is given:",
        "",
        *(f"- `{one}`: {SENTENCES[one]}.{_standing(one)}" for one in ToolSet),
        "",
    ]
    for tool in registry.visible_tools(_everything()):
        scope = format_scope(registry.required_scopes(tool.name) or frozenset())
        needs = f"Needs `{scope.replace(' ', '` and `')}`. In the set `{registry.tool_set(tool.name)}`."
        lines += _section(tool, needs, f"Answers with {_names(tool.output_schema or {})}.")
    lines += _section(DEFINITION, "Needs what the tool needs that it names.", "Answers as that tool does.")
    lines += _earlier_names()
    return "\n".join(lines)


def _earlier_names() -> Iterator[str]:
    yield "## Earlier names"
    yield ""
    yield "Calls by names that tools had in earlier systems work, with the arguments they took there, and need the"
    yield "same permissions as the tool behind them. `OSTIARY_RESOURCE_TOOL_NAMES` lists a system's names, too."
    yield ""
    yield "| Name | Tool |"
    yield "| --- | --- |"
    yield from (f"| `{name}` | `{alias.tool}` |" for name, alias in ALIASES.items() if not name.startswith(PREFIX))
    yield f"| `{PREFIX}` before any of these, or before a tool of Kagura's name | the same |"
    yield ""


def _standing(one: ToolSet) -> str:
    if one is ToolSet.MEMORY:
        return " Every app has it."
    return " Ticked at first." if one in STANDARD else ""


def _everything() -> Caller:
    everywhere = NamespaceSet.of(ALL)
    return Caller(
        user_id="usr_reader",
        client_id="cli_docs",
        grant_id="grt_docs",
        scopes=frozenset(RESOURCE_SCOPES),
        access=MemoryAccess(everywhere, everywhere, EVERY, EVERY_SERVER),
        ensure_live=lambda: None,
    )


def _section(tool: mcp_types.Tool, needs: str, answers: str) -> Iterator[str]:
    yield f"## `{tool.name}`"
    yield ""
    yield tool.description or ""
    yield ""
    yield needs
    yield answers
    yield ""
    required = set(tool.input_schema.get("required", ()))
    properties = tool.input_schema.get("properties", {})
    if properties:
        yield "| Argument | Type | Default | Meaning |"
        yield "| --- | --- | --- | --- |"
        yield from (_row(name, schema, name in required) for name, schema in properties.items())
        yield ""


def _names(schema: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in schema.get("properties", {})) or "an object"


def _row(name: str, schema: Mapping[str, Any], is_required: bool) -> str:
    default = "required" if is_required else f"`{schema['default']}`" if schema.get("default") is not None else "none"
    return f"| `{name}` | {_type(schema)} | {default} | {schema.get('description', '')} |"


def _type(schema: Mapping[str, Any]) -> str:
    kinds = schema.get("enum") or [one.get("type") for one in schema.get("anyOf", [schema])]
    return " or ".join(str(kind) for kind in kinds if kind not in (None, "null")) or "any"
