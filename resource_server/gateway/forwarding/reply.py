"""What a server answers, read once: the message for the question it was asked, or why it is none."""

from typing import Any

from mcp import MCPError
from mcp_types import INTERNAL_ERROR
from pydantic_core import from_json

from resource_server.gateway.fate import TooMuchError
from resource_server.gateway.parts import MOST_PARTS, parts_in

NO_MESSAGE = "The server's answer is not one of the protocol."
NOT_ITS_OWN = "The server answered another question than the one it was asked."


def message_of(data: bytes) -> dict[str, Any]:
    """One JSON object. Raises MCPError, and TooMuchError for more values than are read."""
    if parts_in(data) > MOST_PARTS:
        raise TooMuchError
    try:
        found = from_json(data, allow_inf_nan=False)
    except ValueError as cause:
        raise MCPError(INTERNAL_ERROR, NO_MESSAGE) from cause
    if not isinstance(found, dict):
        raise MCPError(INTERNAL_ERROR, NO_MESSAGE)
    return found


def result_of(message: dict[str, Any], request_id: int) -> dict[str, Any]:
    """The result. Raises MCPError as the server does, and where the message is no answer to this question."""
    if error := error_of(message):
        if message.get("id") is not None and message.get("id") != request_id:
            raise MCPError(INTERNAL_ERROR, NOT_ITS_OWN)
        raise error
    result = message.get("result")
    if not isinstance(result, dict):
        raise MCPError(INTERNAL_ERROR, NO_MESSAGE)
    if message.get("id") != request_id or isinstance(message.get("id"), bool):
        raise MCPError(INTERNAL_ERROR, NOT_ITS_OWN)
    return result


def error_of(message: dict[str, Any]) -> MCPError | None:
    """The server's own error, where the message is one."""
    error = message.get("error")
    if not isinstance(error, dict):
        return None
    code, text = error.get("code"), error.get("message")
    if not isinstance(code, int) or isinstance(code, bool) or not isinstance(text, str):
        return None
    return MCPError(code, text, data=error.get("data"))
