"""The body of a POST, judged once: what was judged is what the SDK gets (MCP, streamable HTTP, sending messages)."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from math import isinf
from typing import Any

from mcp_types import INVALID_REQUEST, PARSE_ERROR
from mcp_types.version import LATEST_HANDSHAKE_VERSION
from pydantic_core import from_json, to_json

from resource_server.authorization.challenges import RequestId
from resource_server.tools.calling import meant_by

MAX_DEPTH = 64
MAX_PARTS = 65_536
"""Brackets, braces and commas, in strings too: more than the longest memory can hold, and read in a blink. Bytes alone
are no measure, for a megabyte of small values takes a second of the event loop, and everybody else waits."""
PART_MARKS = (b"[", b"{", b",")
ESCAPED = b"\\u"
OPENERS = (b"[", b"{")
"""No value is deeper than there are of these."""
INITIALIZE_PARAMS: dict[str, Any] = {
    "protocolVersion": LATEST_HANDSHAKE_VERSION,
    "capabilities": {},
    "clientInfo": {"name": "unnamed", "version": "0"},
}


class MalformedMessageError(Exception):
    """The body is no single JSON-RPC message; `code` is the JSON-RPC error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class IncomingMessage:
    """One JSON-RPC object: a request, a notification or a response.

    `method` is that of a request or notification, `id` the request's, `called_tool` what a tools/call is about; each
    may be missing. `params`, and the `_meta` in them, may be empty. `size` are the bytes that it came in.
    """

    content: dict[str, Any]
    size: int = 0
    method: str | None = field(init=False)
    id: RequestId = field(init=False)
    params: dict[str, Any] = field(init=False)
    meta: dict[str, Any] = field(init=False)
    called_tool: str | None = field(init=False)

    def __post_init__(self) -> None:
        """Reads what many ask for."""
        method, request_id = self.content.get("method"), self.content.get("id")
        is_id = isinstance(request_id, (str, int)) and not isinstance(request_id, bool)
        self.method = method if isinstance(method, str) else None
        self.id = request_id if is_id else None
        self.params = _object(self.content.get("params"))
        self.meta = _object(self.params.get("_meta"))
        meant = meant_by(self.params.get("name"), self.params.get("arguments"))
        self.called_tool = meant if method == "tools/call" else None

    @cached_property
    def encoded(self) -> bytes:
        """What the SDK gets: no second reading of the original bytes can differ from ours."""
        return encoded(self.content)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def parse_message(body: bytes) -> IncomingMessage:
    """One JSON-RPC message. Raises MalformedMessageError."""
    content = parse_object(body)
    if content.get("method") == "initialize":
        content = _with_initialize_params(content)
    message = IncomingMessage(content, len(body))
    if ESCAPED in body:
        message.encoded  # noqa: B018 (raises where an escape is half a surrogate pair; nothing else makes one)
    return message


def parse_object(body: bytes) -> dict[str, Any]:
    """Strict: UTF-8, no name twice in an object, no NaN, bounded, one object. Raises MalformedMessageError."""
    if sum(map(body.count, PART_MARKS)) > MAX_PARTS:
        raise MalformedMessageError(PARSE_ERROR, f"The body has more than {MAX_PARTS} parts.")
    content = _as_we_write_it(body)
    if content is None:
        content = _strictly(body)
    if not isinstance(content, dict):
        raise MalformedMessageError(INVALID_REQUEST, "The body must be one JSON object.")
    if sum(map(body.count, OPENERS)) > MAX_DEPTH and _is_deeper_than(content, MAX_DEPTH):
        raise MalformedMessageError(INVALID_REQUEST, f"The body is nested deeper than {MAX_DEPTH} levels.")
    return content


def _as_we_write_it(body: bytes) -> Any:
    """What is said in the very bytes that would be written here: no name is there twice then. None if it is not."""
    try:
        content = from_json(body, allow_inf_nan=False)
        return content if to_json(content) == body else None
    except ValueError:
        return None


def _strictly(body: bytes) -> Any:
    try:
        return _STRICT.decode(body.decode())
    except (ValueError, RecursionError) as cause:
        raise MalformedMessageError(PARSE_ERROR, "The body is not well-formed JSON.") from cause


def _with_initialize_params(content: dict[str, Any]) -> dict[str, Any]:
    """Some clients send `initialize` without parameters; what they left out is filled in for them."""
    params = content.get("params", {})
    return content | {"params": INITIALIZE_PARAMS | params} if isinstance(params, dict) else content


def encoded(content: dict[str, Any]) -> bytes:
    """The JSON text of what was parsed. Raises MalformedMessageError for what JSON cannot carry."""
    try:
        return to_json(content)
    except ValueError as cause:  # half a surrogate pair
        raise MalformedMessageError(PARSE_ERROR, "The body holds what JSON cannot carry.") from cause


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _finite(number: str) -> float:
    if isinf(found := float(number)):
        raise ValueError("a number beyond what a float holds")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)


def _is_deeper_than(content: object, limit: int) -> bool:
    level: list[object] = [content]
    for _ in range(limit):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: object) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
