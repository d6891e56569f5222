"""A request of the queue: what it asks of the gateway API, and with which token.

As fields of a stream's entry, or as one JSON object: in the field `request` or `data` of an entry, or as an element of
a list. Members: `id`, `token`, `method`, `tool_name` and `args`, `query`, `session`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from resource_server.transport.messages import MalformedMessageError, encoded, parse_object
from shared.credential_forms import fits_a_header
from shared.secrets import digest

WHOLE = ("request", "data")
"""Fields that hold all of it as JSON."""
LONGEST_ID = 200
MOST = 1024 * 1024


class Method(StrEnum):
    """What may be asked."""

    EXECUTE = "execute"
    SEARCH = "search"
    TOOLS = "tools"
    SERVERS = "servers"


OTHER_NAMES = {"tools/call": Method.EXECUTE, "tools/list": Method.TOOLS}


class MalformedRequestError(ValueError):
    """What cannot be asked; the text is a sentence. `request_id` is there as far as one could be read."""

    def __init__(self, sentence: str, request_id: str = "") -> None:
        super().__init__(sentence)
        self.request_id = request_id


@dataclass(frozen=True)
class QueuedRequest:
    """One request; the token is told to the door and to nobody else."""

    id: str
    token: str = field(repr=False)
    method: Method
    tool_name: str = ""
    args: Any = None
    query: Any = None
    session: str = ""

    @property
    def fingerprint(self) -> str:
        """Names this request of this token: two producers may use the same ids."""
        return digest(f"{self.id} {self.token}")

    @property
    def body(self) -> dict[str, Any] | None:
        """What is posted; None where something is only read."""
        match self.method:
            case Method.EXECUTE:
                return {"tool_name": self.tool_name, "args": {} if self.args is None else self.args}
            case Method.SEARCH:
                return {"query": self.query}
            case _:
                return None

    def without_token(self) -> dict[str, Any]:
        """For those who look at what went wrong."""
        told = {"id": self.id, "method": self.method, "tool_name": self.tool_name, "session": self.session}
        return {**told, "args": self.args, "query": self.query}


def parse_request(fields: Mapping[str, str]) -> QueuedRequest:
    """Raises MalformedRequestError."""
    given = _members(fields)
    request_id = _text(given, "id")
    if not 0 < len(request_id) <= LONGEST_ID:
        raise MalformedRequestError(f"A request needs an id of 1 to {LONGEST_ID} characters.")
    try:
        return _request(request_id, given)
    except MalformedRequestError as wrong:
        raise MalformedRequestError(str(wrong), request_id) from None


def _request(request_id: str, given: Mapping[str, Any]) -> QueuedRequest:
    token, session = _text(given, "token"), _text(given, "session")
    if not all(fits_a_header(text) for text in (token, session) if text):
        raise MalformedRequestError("token and session are texts that a header could carry.")
    args, query = _data(given.get("args", given.get("arguments"))), given.get("query")
    _check_sendable({"args": args, "query": query})
    return QueuedRequest(
        id=request_id,
        token=token,
        method=_method(given),
        tool_name=_text(given, "tool_name") or _text(given, "name"),
        args=args,
        query=query,
        session=session,
    )


def _check_sendable(content: dict[str, Any]) -> None:
    """As strict as the door: what no body can hold would be tried again and again, and lie here with its token."""
    try:
        parse_object(encoded(content))
    except MalformedMessageError as wrong:
        raise MalformedRequestError(str(wrong).replace("The body", "The request")) from wrong


def _members(fields: Mapping[str, str]) -> Mapping[str, Any]:
    if sum(map(len, fields.values())) > MOST:
        raise MalformedRequestError("The request is too large.")
    whole = next((fields[name] for name in WHOLE if name in fields), None)
    found = _data(whole) if whole is not None else fields
    if not isinstance(found, Mapping):
        raise MalformedRequestError("The request is no JSON object.")
    return found


def _method(given: Mapping[str, Any]) -> Method:
    named = _text(given, "method") or ("search" if "query" in given else "execute")
    try:
        return OTHER_NAMES.get(named) or Method(named)
    except ValueError:
        raise MalformedRequestError(f"A method is one of {', '.join(Method)}.") from None


def _data(value: Any) -> Any:
    """A text is JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise MalformedRequestError("The request is no JSON that can be used.") from None


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and name == "id":
        return str(value)
    if value is not None and (not isinstance(value, str) or not value.isprintable()):
        raise MalformedRequestError(f"{name} is a text without control characters.")
    return value or ""
