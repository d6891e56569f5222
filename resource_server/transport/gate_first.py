"""Requests to the MCP endpoint come to its gate past the table of routes, which all others are looked up in."""

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send


class GateFirst:
    """The innermost middleware. `paths` are those that the gate answers itself, whatever is asked of it."""

    def __init__(self, app: ASGIApp, gate: ASGIApp, paths: Collection[str]) -> None:
        self.app = app
        self._gate = gate
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        is_for_gate = scope["type"] == "http" and scope["path"] in self._paths
        await (self._gate if is_for_gate else self.app)(scope, receive, send)
