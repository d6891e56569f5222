"""Which tools of which server a grant reaches: by its name only the server that had it when the grant was decided."""

from dataclasses import dataclass

from resource_server.gateway.upstream import Upstream
from shared.named_servers import is_meant
from shared.server_access import ALL, ServerAccess, ToolChoice


@dataclass(frozen=True)
class ServerReach:
    """What a grant says of servers, and the second at which somebody said so last."""

    access: ServerAccess
    decided_at: int

    def of(self, upstream: Upstream) -> tuple[ToolChoice, ...]:
        """What is chosen of one server."""
        return self.access.of(self._called(upstream))

    def allows(self, upstream: Upstream, tool: str, *, reads_only: bool) -> bool:
        """Whether a tool, by its own name, may be listed and called."""
        return self.access.allows(self._called(upstream), tool, reads_only=reads_only)

    def missed(self, upstream: Upstream) -> bool:
        """Whether the grant names it and does not mean it: it was added later, under the name of another one."""
        named = any(name == upstream.granted_as != ALL for name, _ in self.access.choices)
        return named and self._called(upstream) == ALL

    def _called(self, upstream: Upstream) -> str:
        """What is given to every server is given to those added later, too."""
        return upstream.granted_as if is_meant(upstream.named_at, self.decided_at) else ALL
