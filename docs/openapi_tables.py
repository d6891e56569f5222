"""Tables of the requests and objects of an OpenAPI document, for the reference pages that are written from one."""

from typing import Any

GENERAL = ("Listed", "HTTPValidation", "Validation")
"""Objects that need no table of their own."""

Schemas = dict[str, dict[str, Any]]


def requests_and_objects(document: dict[str, Any]) -> list[str]:
    """Every request by topic, and every object that is sent or answered."""
    parts: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts.setdefault(operation["tags"][0], []).append(_row(method, path, operation))
    topics = [_topic(tag, rows) for tag, rows in parts.items()]
    return [*topics, _objects(document["components"]["schemas"])]


def _topic(tag: str, rows: list[str]) -> str:
    head = "| Request | What it does | Takes | Gives |\n| --- | --- | --- | --- |\n"
    return f"## {tag[:1].upper()}{tag[1:]}\n\n{head}{''.join(rows)}"


def _row(method: str, path: str, operation: dict[str, Any]) -> str:
    query = [f"`{one['name']}`" for one in operation.get("parameters", []) if one["in"] == "query"]
    body = _schema_of(operation.get("requestBody", {}))
    takes = ", ".join([*query, *([body] if body else [])])
    status, answer = next((code, one) for code, one in operation["responses"].items() if code.startswith("2"))
    gives = _schema_of(answer) or ("JSON lines" if "application/jsonl" in answer.get("content", {}) else "")
    what = " ".join(operation["description"].split())
    return f"| `{method.upper()} {path}` | {_cell(what)} | {takes} | {status} {gives} |\n"


def _schema_of(message: dict[str, Any]) -> str:
    schema = message.get("content", {}).get("application/json", {}).get("schema", {})
    return _type(schema) if schema else ""


def _objects(schemas: Schemas) -> str:
    shown = {
        name: schema for name, schema in schemas.items() if "properties" in schema and not name.startswith(GENERAL)
    }
    return "\n".join(["## Objects\n", *(_object(name, schema) for name, schema in shown.items())])


def _object(name: str, schema: dict[str, Any]) -> str:
    needed = schema.get("required", [])
    rows = [_member(member, described, member in needed) for member, described in schema["properties"].items()]
    head = "| Member | Type | |\n| --- | --- | --- |\n"
    return f"### {_name(name)}\n\n{schema.get('description', '')}\n\n{head}{''.join(rows)}"


def _member(name: str, described: dict[str, Any], is_needed: bool) -> str:
    named = f"`{name}`" if is_needed else f"`{name}` (optional)"
    return f"| {named} | {_type(described)} | {_cell(described.get('description', ''))} |\n"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"{_name(schema['$ref'].rpartition('/')[2])}"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "anything")


def _name(name: str) -> str:
    """`Listed_WireEvent_` is a `Listed Event`."""
    return name.replace("Wire", "").replace("_", " ").strip()


def _cell(text: str) -> str:
    return text.replace("|", "&#124;")
