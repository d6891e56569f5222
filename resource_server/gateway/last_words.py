"""What a process wrote to its error stream last: kept in memory, without the secrets it was given."""

from collections import deque
from dataclasses import dataclass, field

from resource_server.gateway.upstream import Secrets

MOST_LINES, LONGEST_LINE = 20, 500
SHORTEST_SECRET = 4
"""Shorter values would blank out half of what is said, and are no secrets."""


@dataclass
class LastWords:
    """Of one process."""

    secrets: Secrets
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_LINES))
    _rest: bytes = b""

    def hear(self, chunk: bytes) -> None:
        """Takes what arrives, in whatever pieces."""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        self._rest = self._rest[: LONGEST_LINE * 8]
        for line in whole:
            self._keep(line)

    def end(self) -> None:
        """Nothing more comes; a line without an end is one, too."""
        self._keep(self._rest)
        self._rest = b""

    def _keep(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        for value in self.secrets.values.values():
            if len(value) >= SHORTEST_SECRET:
                text = text.replace(value, "…")
                scheme, _, credential = value.partition(" ")
                text = text.replace(credential, "…") if scheme and len(credential) >= SHORTEST_SECRET else text
        if text:
            self.lines.append("".join(sign if sign.isprintable() else " " for sign in text[:LONGEST_LINE]))
