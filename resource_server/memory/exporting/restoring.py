"""An export of ours written into a vault: what is there already stays as it is, all else comes back as it was.

Ids, authors, dates, history and trust are those of the file, which is believed: whoever runs this command could write
to the vault anyhow. What was deleted here and is alive in the file comes back out of the trash. Settings, such as which
apps are accepted, are taken over only where that is asked for.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby, islice

from resource_server.memory import import_batches as batches
from resource_server.memory import statements, writing
from resource_server.memory.exporting.lines import Line
from resource_server.memory.exporting.memory_line import NoMemoryError, memory_from
from resource_server.memory.exporting.other_lines import TABLES, NoRowError, OtherRows
from resource_server.memory.exporting.own_export import NAME
from resource_server.memory.exporting.tables import SETTINGS
from resource_server.memory.import_report import Report
from resource_server.memory.importers.material import LeftOut
from resource_server.memory.indexing import index
from resource_server.memory.quotas import DEFAULT_QUOTAS, Quotas
from resource_server.memory.records import Author, Memory, Signed
from resource_server.memory.rows import to_row
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded, VaultAccess
from resource_server.memory.writing import EventKind
from shared.ids import new_id

AT_ONCE = 300
THERE = "already there"
BACK = "brought back out of the trash"
NOT_ASKED_FOR = "a setting of whoever made the export; --with-settings takes it over"

Lines = Iterable[tuple[str, Line] | LeftOut]
Placed = tuple[str, Line]


@dataclass(frozen=True)
class MemoryRestoring:
    """Exports into one person's vault."""

    vault: VaultAccess
    label: str = ""
    quotas: Quotas = DEFAULT_QUOTAS
    with_settings: bool = False

    def rehearse(self, lines: Lines, advance: Callable[[int], None] = lambda _: None) -> Report:
        """What `bring` would do with the memories; nothing is written."""
        report = Report()
        for memory in _memories(self._without_settings(_placed(lines, report, advance), report), report):
            why = self.vault.read(partial(_why_not, memory)) if self.vault.exists else ""
            report.repeats(why) if why else report.brings(memory, memory.namespace)
        return report

    def bring(self, lines: Lines, advance: Callable[[int], None] = lambda _: None) -> Report:
        """Writes what is not there. Raises NoRoomError, TooManyNamespacesError, StoreBusyError; it can be repeated."""
        run = self._run()
        placed = self._without_settings(_placed(lines, run.report, advance), run.report)
        for is_memory, some in groupby(placed, lambda one: one[1].get("line") == "memory"):
            while chunk := list(islice(some, AT_ONCE)):
                run.write_memories(chunk) if is_memory else run.write_others(chunk)
        run.finish()
        return run.report

    def _without_settings(self, placed: Iterator[Placed], report: Report) -> Iterator[Placed]:
        for where, line in placed:
            if line.get("line") in SETTINGS and not self.with_settings:
                report.leaves_out(LeftOut(where, NOT_ASKED_FOR))
            else:
                yield where, line

    def _run(self) -> "_Run":
        """Goes on with an import of the same file that was broken off."""
        batch, brought = "", []
        if self.vault.exists:
            batch = self.vault.read(lambda connection: batches.unfinished(connection, NAME, self.label))
            brought = self.vault.read(lambda connection: batches.brought(connection, batch))
        return _Run(self.vault, self.label, self.quotas, Report(batch), set(brought))


@dataclass(frozen=True)
class _Run:
    vault: VaultAccess
    label: str
    quotas: Quotas
    report: Report
    fresh: set[str]
    entity_ids: dict[str, str] = field(default_factory=dict)

    def write_memories(self, chunk: list[Placed]) -> None:
        """One transaction."""
        memories = list(_memories(chunk, self.report))
        embedded = self.vault.embedded_all([(memory.key, memory.text) for memory in memories])
        if not self.vault.exists or self.vault.read(lambda connection: _is_news(connection, memories)):
            signed = self._signed()

            def work(connection: Connection) -> list[str]:
                self.quotas.check(connection, adds=True)
                self._begin(connection)
                pairs = zip(memories, embedded, strict=True)
                return [self._brought(connection, memory, vector, signed.author) for memory, vector in pairs]

            reasons = self.vault.written(signed, work)
        else:
            reasons = [THERE] * len(memories)
        for memory, why in zip(memories, reasons, strict=True):
            self.report.repeats(why) if why else self.report.brings(memory, memory.namespace)
            if why != THERE:
                self.fresh.add(memory.id)

    def write_others(self, chunk: list[Placed]) -> None:
        """One transaction, for lines that belong to memories this import brought, or to none."""
        wanted = [one for one in chunk if self._is_wanted(one)]
        if not self.report.batch:
            # Nothing is new: of the rest only settings stand for themselves.
            wanted = [one for one in wanted if one[1]["line"] in SETTINGS]
        if not wanted:
            return

        def work(connection: Connection) -> list[LeftOut]:
            self._begin(connection)
            rows = OtherRows(connection, self.entity_ids)
            return [left for where, line in wanted if (left := self._written(rows, where, line)) is not None]

        for left in self.vault.written(self._signed(), work):
            self.report.leaves_out(left)

    def finish(self) -> None:
        """What was brought is known by its last event, so that undoing tells what was changed later."""
        if not self.report.batch:
            return
        ids = sorted(self.fresh)
        for start in range(0, len(ids), AT_ONCE):
            self.vault.written(self._signed(), partial(_noted, self.report.batch, ids[start : start + AT_ONCE]))
        self.vault.written(self._signed(), lambda connection: batches.finish(connection, self.report.batch))

    def _brought(self, connection: Connection, memory: Memory, embedded: Embedded, author: Author) -> str:
        """Why it is not new; empty where it is."""
        why = _why_not(memory, connection)
        if why == THERE:
            return why
        fitting = _with_free_key(connection, memory)
        if why == BACK:
            writing.change(connection, fitting, embedded, EventKind.RESTORED, author)
        else:
            row = connection.execute(writing.INSERT, to_row(fitting)).lastrowid
            if fitting.deleted_at is None:
                statements.note(connection, row, fitting)
                if fitting.quarantined_at is None:
                    index(connection, row, fitting, embedded)
        _noted(self.report.batch, [memory.id], connection)
        batches.count(connection, self.report.batch, 1)
        return why

    def _is_wanted(self, placed: Placed) -> bool:
        where, line = placed
        table = TABLES.get(str(line.get("line")))
        if table is None:
            self.report.leaves_out(LeftOut(where, "this program knows no lines of its kind"))
            return False
        return all(line.get(name) in self.fresh for name in table.needs)

    def _written(self, rows: OtherRows, where: str, line: Line) -> LeftOut | None:
        try:
            self.report.others[line["line"]] += rows.write(line)
        except NoRowError as wrong:
            return LeftOut(where, str(wrong))
        return None

    def _begin(self, connection: Connection) -> None:
        batches.begin(connection, self.report.batch, NAME, "", self.label)

    def _signed(self) -> Signed:
        self.report.batch = self.report.batch or new_id("imp")
        author = Author(f"import:{NAME}", "", "memory import", f"import: {NAME}", self.report.batch)
        return Signed(author, lambda: None)


def _placed(lines: Lines, report: Report, advance: Callable[[int], None]) -> Iterator[Placed]:
    for one in lines:
        advance(1)
        if isinstance(one, LeftOut):
            report.leaves_out(one)
        else:
            yield one


def _memories(placed: Iterable[Placed], report: Report) -> Iterator[Memory]:
    for where, line in placed:
        if line.get("line") != "memory":
            continue
        try:
            yield memory_from(line)
        except NoMemoryError as wrong:
            report.leaves_out(LeftOut(where, str(wrong)))


def _is_news(connection: Connection, memories: list[Memory]) -> bool:
    return any(_why_not(memory, connection) != THERE for memory in memories)


def _why_not(memory: Memory, connection: Connection) -> str:
    known = connection.execute("SELECT deleted_at FROM memories WHERE id = ?", (memory.id,)).fetchone()
    if known is None:
        return ""
    return BACK if known[0] is not None and memory.deleted_at is None else THERE


def _with_free_key(connection: Connection, memory: Memory) -> Memory:
    """A key that another memory holds meanwhile is kept beside the text."""
    if memory.key is None or memory.deleted_at is not None:
        return memory
    holder = writing.holder_of(connection, memory.namespace, memory.key)
    if holder is None or holder.id == memory.id:
        return memory
    return replace(memory, key=None, metadata={**memory.metadata, "key": memory.key})


def _noted(batch: str, memory_ids: list[str], connection: Connection) -> None:
    for memory_id in memory_ids:
        batches.note(connection, batch, memory_id)
