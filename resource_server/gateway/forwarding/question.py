"""One request as it goes to a modern server: our envelope, our own id, and headers that repeat what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
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
Pairs = tuple[tuple[str, str], ...]

_ids = count(1)


@dataclass(slots=True)
class Question:
    """The bytes of it, its headers, and the id by which it is answered and told of progress."""

    id: int
    body: bytes
    headers: Mapping[str, str]


def question(version: str, method: str, params: Params, front: Front | None, more: Mapping[str, str]) -> Question:
    """`more` are the headers of the server's own; none of them takes the place of one of the protocol's."""
    number = next(_ids)
    ours = {
        PROTOCOL_VERSION_META_KEY: version,
        CLIENT_INFO_META_KEY: CLIENT,
        CLIENT_CAPABILITIES_META_KEY: front.capabilities if front is not None else {},
    }
    meta = {**(params.get("_meta") or {}), **ours}
    meta.pop(PROGRESS_TOKEN, None)
    if front is not None and front.log_level:
        meta[LOG_LEVEL_META_KEY] = front.log_level
    if front is not None and front.progress is not None:
        meta[PROGRESS_TOKEN] = number
    message: dict[str, Any] = {"jsonrpc": "2.0", "id": number, "method": method, "params": {**params, "_meta": meta}}
    repeated = tuple(front.repeated.items()) if front is not None and front.repeated else ()
    named = params.get(NAME_BEARING_METHODS.get(method, ""))
    # Arguments can be long, and are nobody's to keep: headers that repeat some are put together each time.
    made = _headers.__wrapped__ if repeated else _headers
    headers = made(version, method, named if isinstance(named, str) else None, repeated, tuple(more.items()))
    return Question(number, to_json(message), headers)


@lru_cache(maxsize=1_000)
def _headers(version: str, method: str, named: str | None, repeated: Pairs, more: Pairs) -> Mapping[str, str]:
    headers = USER_AGENT | {name.lower(): value for name, value in more}
    headers |= {**FIXED, VERSION_HEADER: version, METHOD_HEADER: method, **dict(repeated)}
    return headers if named is None else headers | {NAME_HEADER: encode_header_value(named)}
