"""Who calls a tool, and how a tool refuses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from resource_server.gateway.server_reach import ServerReach
from resource_server.memory.asked import Asked
from shared.authorization_details import MemoryAccess
from shared.scopes import Scope


@dataclass(frozen=True)
class Caller:
    """Who calls, as the token says, and what the grant allows right now: token scope ∩ grant scope, grant details.

    `ensure_live` raises GrantEndedError when the grant was revoked after the call began; a write calls it last.
    `is_current` says whether the grant was not edited since, either: a stream asks it before it tells anything.
    `client_name` is what the app calls itself: text to show, never to trust. `session_id` names the MCP session, where
    there is one. `server` is the one server at whose own address the call came in; there is nothing else then.
    `server_session` is the session with servers of its own within which the app calls: then no others are reached.
    `decided_at` is the second at which somebody last decided what the grant allows: servers that came later are not
    meant by their names. `asked` is what the ledger tells of the call.
    """

    user_id: str
    client_id: str
    grant_id: str
    scopes: frozenset[Scope]
    access: MemoryAccess
    ensure_live: Callable[[], None] = field(repr=False)
    client_name: str = ""
    session_id: str = ""
    server: str = ""
    server_session: str = ""
    decided_at: int = 0
    is_current: Callable[[], bool] = field(default=lambda: True, repr=False, compare=False)
    asked: Asked = field(default_factory=Asked, repr=False, compare=False)

    @cached_property
    def servers(self) -> ServerReach:
        """Which tools of which servers the grant reaches."""
        return ServerReach(self.access.servers, self.decided_at)

    def may(self, scope: Scope) -> bool:
        """Whether the scope is held and the details leave something to use it on (RFC 9396 §2)."""
        return scope in self._usable

    @cached_property
    def _usable(self) -> frozenset[Scope]:
        access = self.access
        reach = {Scope.MEMORY_READ: access.read, Scope.MEMORY_WRITE: access.write, Scope.GATEWAY_CALL: access.servers}
        return self.scopes - {scope for scope, reached in reach.items() if not reached}


class GrantEndedError(Exception):
    """The person took the grant back while the call was running: nothing more may be written."""


class ToolError(Exception):
    """Something the calling model can mend; the text says what to do, and is all that the model reads."""
