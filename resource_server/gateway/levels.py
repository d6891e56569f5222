"""From which level on apps are told what happens at a server, as older ones say it (MCP 2025-11-25, logging)."""

from resource_server.gateway.link import Viewer
from resource_server.gateway.upstream import Upstream
from resource_server.recent import Recent

MOST = 10_000
EVERY_SERVER = ""


class Levels:
    """Of the apps of one process."""

    def __init__(self) -> None:
        self._said: Recent[tuple[str, Viewer], str] = Recent(MOST)

    def say(self, viewer: Viewer, level: str, server_id: str) -> None:
        """From now on, at this server or at every one."""
        self._said.put((server_id, viewer), level)

    def of(self, upstream: Upstream, viewer: Viewer) -> str:
        """The one that the app said for this server; empty if none."""
        return self._said.get((upstream.id, viewer)) or self._said.get((EVERY_SERVER, viewer)) or ""
