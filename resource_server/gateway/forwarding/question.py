"""One request as it goes to a modern server: our envelope, our own id, and headers that repeat what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from mcp.shared.inbound import NAME_BEARING_METHODS, encode_header_value
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    LOG_LEVEL_META_KEY,
    PROTOCOL_VERSION_META_KEY,
)
from pydantic_core import to_json

from resource_server.gateway.conversation import (
    CLIENT,
    METHOD_HEADER,
    NAME_HEADER,
    VERSION_HEADER,
    Front,
    Params,
)

FIXED = {
    "accept": "application/json, text/event-stream",
    "accept-encoding": "identity",
    "content-type": "application/json",
}
USER_AGENT = {"user-agent": "Ostiary"}
PROGRESS_TOKEN = "progressToken"

_ids = count(1)


@dataclass(frozen=True)
class Question:
    """The bytes of it, its headers, and the id by which it is answered and told of progress."""

    id: int
    body: bytes
    headers: Mapping[str, str]


def question(version: str, method: str, params: Params, front: Front | None, more: Mapping[str, str]) -> Question:
    """`more` are the headers of the server's own; none of them takes the place of one of the protocol's."""
    number = next(_ids)
    meta = {name: value for name, value in (params.get("_meta") or {}).items() if name != PROGRESS_TOKEN}
    meta[PROTOCOL_VERSION_META_KEY] = version
    meta[CLIENT_INFO_META_KEY] = CLIENT
    meta[CLIENT_CAPABILITIES_META_KEY] = front.capabilities if front is not None else {}
    if front is not None and front.log_level:
        meta[LOG_LEVEL_META_KEY] = front.log_level
    if front is not None and front.progress is not None:
        meta[PROGRESS_TOKEN] = number
    message: dict[str, Any] = {"jsonrpc": "2.0", "id": number, "method": method, "params": {**params, "_meta": meta}}
    headers = USER_AGENT | {name.lower(): value for name, value in more.items()}
    headers |= {**FIXED, VERSION_HEADER: version, METHOD_HEADER: method}
    if front is not None:
        headers.update(front.repeated)
    named = params.get(NAME_BEARING_METHODS.get(method, ""))
    if isinstance(named, str):
        headers[NAME_HEADER] = encode_header_value(named)
    return Question(number, to_json(message), headers)
