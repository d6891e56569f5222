"""Python annotations as JSON Schema, in the plain form every client understands: no $ref, const or null unions."""

from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from resource_server.context.caller import ToolError

Schema = dict[str, Any]
LONGEST_NAME = 80
NOISE = ("title", "$defs", "discriminator")
MEANINGLESS: tuple[tuple[str, object], ...] = (("default", None), ("additionalProperties", {}))
"""What a schema means without them too."""


def input_schema(model: type[BaseModel]) -> Schema:
    """What `tools/list` shows: an object that names each argument and allows no others."""
    return _plain(model.model_json_schema(mode="validation"), keep_null=False)


def output_schema(model: type[BaseModel]) -> Schema:
    """What structured content keeps to (MCP, Tool.outputSchema); a field that is always there is required."""
    return _plain(model.model_json_schema(mode="serialization"), keep_null=True)


def _plain(schema: Schema, *, keep_null: bool) -> Schema:
    return _simplified(schema, schema.get("$defs", {}), keep_null)


def _value(node: Any, definitions: Schema, keep_null: bool) -> Any:
    if isinstance(node, list):
        return [_value(item, definitions, keep_null) for item in node]
    return _simplified(node, definitions, keep_null) if isinstance(node, dict) else node


def _simplified(node: Schema, definitions: Schema, keep_null: bool) -> Schema:
    node = _resolved(node, definitions)
    if "anyOf" in node:
        options = [_resolved(option, definitions) for option in node["anyOf"]]
        node = _without_null(node | {"anyOf": options}, keep_null)
    if "const" in node:
        node = {key: value for key, value in node.items() if key != "const"} | {"enum": [node["const"]]}
    simple = {
        key: _properties(value, definitions, keep_null)
        if key == "properties"
        else _value(value, definitions, keep_null)
        for key, value in node.items()
        if key not in NOISE and (keep_null or key != "format")  # the description of an argument says it in words
    }
    return {key: value for key, value in simple.items() if (key, value) not in MEANINGLESS}


def _resolved(node: Schema, definitions: Schema) -> Schema:
    if "$ref" not in node:
        return node
    named: Schema = definitions[node["$ref"].rsplit("/", 1)[-1]]
    return named | {key: value for key, value in node.items() if key != "$ref"}


def _properties(properties: Schema, definitions: Schema, keep_null: bool) -> Schema:
    """Names of arguments are not keywords: an argument called `title` stays."""
    return {name: _simplified(value, definitions, keep_null) for name, value in properties.items()}


def _without_null(node: Schema, keep_null: bool) -> Schema:
    """`text or nothing` becomes text, which need not be given; in answers null stays a type of its own."""
    others = [option for option in node["anyOf"] if option != {"type": "null"}]
    if len(others) != 1:
        return node
    merged: Schema = others[0] | {key: value for key, value in node.items() if key != "anyOf"}
    if keep_null and "type" in merged:
        merged["type"] = [merged["type"], "null"]
    elif keep_null:
        return node
    return merged


def explain(errors: list[ErrorDetails], allowed: list[str]) -> ToolError:
    """One sentence for each argument that is wrong, without repeating its value."""
    return ToolError("\n".join(dict.fromkeys(_sentence(error, allowed) for error in errors)))


def _sentence(error: ErrorDetails, allowed: list[str]) -> str:
    # Behind the argument's name come positions, which help, and names of validators, which do not.
    name, *path = error["loc"] or ("arguments",)
    where = ".".join(map(str, (name, *(part for part in path if isinstance(part, int)))))[:LONGEST_NAME]
    if path and error["type"] in ("extra_forbidden", "missing"):
        member = str(path[-1])[:LONGEST_NAME]
        return f"Argument {where!r} {'needs' if error['type'] == 'missing' else 'takes no'} {member!r}."
    if error["type"] == "extra_forbidden":
        return f"Unknown argument {where!r}. Allowed: {', '.join(allowed)}."
    if error["type"] == "missing":
        return f"Argument {where!r} is required."
    return f"Argument {where!r}: {error['msg'].removeprefix('Value error, ')}."
