"""Cursors of long lists (MCP, pagination): opaque, and of use to nobody but the app and person they were given to."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mcp import MCPError
from mcp_types import INVALID_PARAMS

from resource_server.context.caller import Caller
from shared.sealing import SealBrokenError, seal, unseal

PAGE = 500
PURPOSE = "cursors of lists"
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Cursors:
    """Sealed under `key`: a cursor holds the last entry of its page, so that entries that come or go shift nothing."""

    key: bytes = field(repr=False)
    page: int = PAGE

    def part(
        self, caller: Caller, method: str, entries: Sequence[Entry], place: Callable[[Entry], str], cursor: str | None
    ) -> tuple[list[Entry], str | None]:
        """One page of `entries`, which are in the order of their `place`, and the next cursor; None ends the list.

        Raises MCPError (-32602) for a cursor that was not given to this caller for this method.
        """
        binding = f"{method} {caller.user_id} {caller.grant_id}"
        after = self._opened(cursor, binding) if cursor is not None else None
        left = [entry for entry in entries if after is None or place(entry) > after]
        shown = left[: self.page]
        return shown, self._sealed(place(shown[-1]), binding) if len(left) > len(shown) else None

    def _sealed(self, place: str, binding: str) -> str:
        return urlsafe_b64encode(seal(self.key, place.encode(), binding)).decode()

    def _opened(self, cursor: str, binding: str) -> str:
        try:
            return unseal(self.key, urlsafe_b64decode(cursor.encode()), binding).decode()
        except (SealBrokenError, ValueError) as cause:
            raise MCPError(INVALID_PARAMS, "Unknown cursor: begin the list anew.") from cause
