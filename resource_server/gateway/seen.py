"""A server as one person sees it now."""

from dataclasses import dataclass, field

from resource_server.gateway.listing import Definition, Listing
from resource_server.gateway.naming import full_name
from resource_server.gateway.upstream import Upstream


@dataclass(frozen=True)
class SeenServer:
    """A server as one person sees it: its tools by their own names, and how each is shown."""

    upstream: Upstream
    listing: Listing
    changed: frozenset[str] = field(default_factory=frozenset)

    def tool_names(self) -> tuple[str, ...]:
        """The own names of what may be shown, without those that wait to be accepted, in the order of names here."""
        names = {tool: self.upstream.shaping.name_of(tool) for tool in self.listing.tools.keys() - self.changed}
        shown = {tool: name for tool, name in names.items() if name is not None}
        return tuple(sorted(shown, key=lambda tool: shown[tool]))

    def name_of(self, tool: str) -> str:
        """What one of them is called here, behind the server's name."""
        return full_name(self.upstream.name, self.upstream.shaping.name_of(tool) or tool)

    def described(self, tool: str) -> Definition:
        """One of them, in the words that are used here."""
        return self.upstream.shaping.shown(tool, self.listing.tools[tool])
