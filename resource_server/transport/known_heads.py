"""Apps send the same head again and again: one that was judged a moment ago goes straight to the gate."""

import secrets
from collections.abc import Collection
from functools import partial
from hashlib import blake2b

from starlette.types import ASGIApp, Receive, Scope, Send

from resource_server.recent import Recent
from resource_server.transport.gate import Gate
from resource_server.transport.heads import LEARNS, UNREAD, Head

MOST_HEADS = 1_000


class KnownHeads:
    """A middleware before all that judge heads. `paths` are those that the gate answers itself.

    What a head cannot say, the gate asks each time: whether the credential is still good, how often it came, and all
    that the body wants.
    """

    def __init__(self, app: ASGIApp, gate: Gate, paths: Collection[str]) -> None:
        self.app = app
        self._gate = gate
        self._paths = frozenset(paths)
        self._heads: Recent[bytes, Head] = Recent(MOST_HEADS)
        self._secret = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] not in self._paths or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        digest = self._digest(scope)
        if (head := self._heads.get(digest)) is not None:
            if not await self._gate.enter(head, head.scope(scope), receive, send):
                self._heads.pop(digest)
            return
        await self.app({**scope, LEARNS: partial(self._heads.put, digest)}, receive, send)

    def _digest(self, scope: Scope) -> bytes:
        """Of all that is judged. No field holds a byte 0 (RFC 9110 §5.5), so none passes as two."""
        client, server = scope.get("client") or ("", 0), scope.get("server")
        place = f"{scope['scheme']} {client[0]} {server}".encode()
        fields = [part for field in scope["headers"] if field[0] not in UNREAD for part in field]
        return blake2b(
            b"\0".join((place, scope["raw_path"], scope["query_string"], *fields)), key=self._secret
        ).digest()
