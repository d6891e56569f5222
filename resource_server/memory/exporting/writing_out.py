"""An export written to a file, to a stream or into a folder, out of one snapshot of the vault."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from resource_server.memory.exporting.lines import Line, as_text, header, memory_lines, other_lines
from resource_server.memory.exporting.markdown import REST, file_of, filename_of
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from shared.authorization_details import NamespaceSet
from shared.clock import now


@dataclass(frozen=True)
class MemoryExport:
    """Everything in one person's vault, or what belongs to some namespaces.

    What apps read and asked, the ledger, is left out unless `with_ledger`.
    """

    vault: VaultAccess
    namespaces: NamespaceSet
    with_ledger: bool = False

    @property
    def left_out(self) -> tuple[str, ...]:
        """The namespaces that are shared: they lie in vaults of their own, and are not this person's alone."""
        return tuple(sorted(name for name in self.vault.elsewhere if name in self.namespaces))

    def lines(self, out: TextIO, advance: Callable[[int], None] = lambda _: None) -> int:
        """JSON lines; gives the number of memories."""

        def work(connection: Connection) -> int:
            out.write(as_text(header(now().isoformat(), "lines", self.left_out)))
            memories = _written(out, memory_lines(connection, self.namespaces), advance)
            others = _written(out, self._others(connection), lambda _: None)
            out.write(as_text({"line": "end", "memories": memories, "others": others}))
            return memories

        return self.vault.read(work)

    def markdown(self, folder: Path, advance: Callable[[int], None] = lambda _: None) -> int:
        """Files, and what is no text in one more; gives the number of memories."""

        def work(connection: Connection) -> int:
            memories = 0
            for line in memory_lines(connection, self.namespaces):
                file = folder / filename_of(line)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(file_of(line).encode())
                memories += 1
                advance(1)
            with (folder / REST).open("w", encoding="utf-8", newline="\n") as out:
                out.write(as_text(header(now().isoformat(), "markdown", self.left_out)))
                others = _written(out, self._others(connection), lambda _: None)
                out.write(as_text({"line": "end", "memories": memories, "others": others}))
            return memories

        folder.mkdir(parents=True, exist_ok=True)
        return self.vault.read(work)

    def _others(self, connection: Connection) -> Iterator[Line]:
        return other_lines(connection, self.namespaces, with_ledger=self.with_ledger)


def _written(out: TextIO, lines: Iterator[Line], advance: Callable[[int], None]) -> int:
    number = 0
    for line in lines:
        out.write(as_text(line))
        number += 1
        advance(1)
    return number
