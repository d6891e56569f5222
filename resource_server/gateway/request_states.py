"""The state that an app carries from one round of a request to the next: sealed, and bound to what it belongs to.

MCP 2026-07-28, multi round-trip requests: a server must not trust what comes back. A state opens for the same person,
app, server, method and arguments alone, within its time.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from mcp import MCPError
from mcp_types import INVALID_PARAMS

from resource_server.gateway.conversation import Params
from shared.clock import now
from shared.sealing import SealBrokenError, seal, unseal

LIFETIME_SECONDS = 600
CARRIED = frozenset({"inputResponses", "requestState"})
"""With these an app comes back (MCP 2026-07-28, multi round-trip requests)."""


@dataclass(frozen=True)
class RequestState:
    """A call that is parked here, or the state of the server itself."""

    parked: str = ""
    theirs: str | None = None


@dataclass(frozen=True)
class RequestStates:
    """Seals and opens them under `key`."""

    key: bytes

    def sealed(self, state: RequestState, binding: str) -> str:
        """As text that an app carries."""
        content = {"parked": state.parked, "theirs": state.theirs, "until": int(now().timestamp()) + LIFETIME_SECONDS}
        return urlsafe_b64encode(seal(self.key, json.dumps(content).encode(), binding)).decode()

    def opened(self, text: object, binding: str) -> RequestState:
        """Raises MCPError for what was not sealed for this request, or too long ago."""
        try:
            sealed = urlsafe_b64decode(text.encode()) if isinstance(text, str) else b""
            if urlsafe_b64encode(sealed).decode() != text:  # the decoder leaves out what does not belong
                raise ValueError("another spelling of a state")
            content: dict[str, Any] = json.loads(unseal(self.key, sealed, binding))
        except (SealBrokenError, ValueError) as cause:
            raise MCPError(INVALID_PARAMS, "The request's state is not one of this request.") from cause
        if content["until"] < now().timestamp():
            raise MCPError(INVALID_PARAMS, "The request's state is too old; call again.")
        return RequestState(content["parked"], content["theirs"])


def binding_of(owner: str, server_id: str, method: str, params: Params) -> str:
    """What a state is bound to: who asks, and everything of the request that stays the same from round to round."""
    same = {name: value for name, value in params.items() if name not in CARRIED | {"_meta"}}
    digest = hashlib.sha256(json.dumps(same, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()
    return json.dumps([owner, server_id, method, digest])
