"""Imports: records of other products written into one vault, a few hundred a transaction, and taken out again.

An import may be repeated: what is there already is not written again. One that was broken off goes on where it was.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from itertools import compress, islice

from pydantic import JsonValue
from ulid import ULID

from resource_server.memory import import_batches as batches
from resource_server.memory import writing
from resource_server.memory.import_report import Report
from resource_server.memory.importers.fitting import fitted
from resource_server.memory.importers.imported import Found, Imported
from resource_server.memory.importers.material import LeftOut
from resource_server.memory.known_texts import THERE, KnownTexts
from resource_server.memory.records import TRUST, Author, Memory, Signed, Source
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from shared.clock import now
from shared.ids import new_id

AT_ONCE = 300


@dataclass(frozen=True)
class Plan:
    """What is imported and where to: `source` names the product, `label` the file."""

    source: str
    namespace: str
    label: str = ""
    zone: tzinfo = field(default=UTC)


@dataclass(frozen=True)
class MemoryImports:
    """The imports of one person's vault."""

    vault: VaultAccess

    def rehearse(self, plan: Plan, found: Iterable[Found], advance: Callable[[int], None] = lambda _: None) -> Report:
        """What `bring` would do; nothing is written, and a person without a vault gets none."""
        report = Report()
        for record in self._wanted(plan, found, report, self._known(), advance):
            report.brings(record, plan.namespace)
        return report

    def bring(self, plan: Plan, found: Iterable[Found], advance: Callable[[int], None] = lambda _: None) -> Report:
        """Writes what is not there yet. `advance` hears how many records are done.

        Raises TooManyNamespacesError and StoreBusyError; what was written before stays, and the import can be repeated.
        """
        known = self._known()
        report = Report(self._unfinished(plan))
        wanted = self._wanted(plan, found, report, known, advance)
        while chunk := list(islice(wanted, AT_ONCE)):
            report.batch = report.batch or new_id("imp")
            self._write(plan, chunk, report, known)
        if report.batch:
            self.vault.written(_signed(plan, report.batch), lambda connection: batches.finish(connection, report.batch))
        return report

    def _known(self) -> KnownTexts:
        known = KnownTexts()
        if self.vault.exists:
            self.vault.read(known.load)
        return known

    def _wanted(
        self,
        plan: Plan,
        found: Iterable[Found],
        report: Report,
        known: KnownTexts,
        advance: Callable[[int], None] = lambda _: None,
    ) -> Iterator[Imported]:
        for one in found:
            advance(1)
            for record in (one,) if isinstance(one, LeftOut) else fitted(one, plan.zone):
                if isinstance(record, LeftOut):
                    report.leaves_out(record)
                elif why := known.why_not(plan.namespace, record):
                    report.repeats(why)
                else:
                    yield record

    def _unfinished(self, plan: Plan) -> str:
        """The import of this file that was broken off, if there is one."""
        if not self.vault.exists:
            return ""
        return self.vault.read(lambda connection: batches.unfinished(connection, plan.source, plan.label))

    def _write(self, plan: Plan, chunk: list[Imported], report: Report, known: KnownTexts) -> None:
        memories = [_memory(record, plan, report.batch) for record in chunk]
        embedded = self.vault.embedded_all([(memory.key, memory.text) for memory in memories])

        def work(connection: Connection) -> list[bool]:
            is_there = known.catch_up(connection, plan.namespace)
            batches.begin(connection, report.batch, plan.source, plan.namespace, plan.label)
            brought = [not is_there(record) for record in chunk]
            for memory, vector in compress(zip(memories, embedded, strict=True), brought):
                writing.insert(connection, _with_free_key(connection, memory), vector)
                batches.note(connection, report.batch, memory.id)
            batches.count(connection, report.batch, sum(brought))
            known.move_on(connection)
            return brought

        brought = self.vault.written(_signed(plan, report.batch), work)
        for record, is_new in zip(chunk, brought, strict=True):
            if is_new:
                report.brings(record, plan.namespace)
            else:
                report.repeats(THERE)


def _with_free_key(connection: Connection, memory: Memory) -> Memory:
    """A key that the namespace holds already stays with its holder, and is kept beside the imported text."""
    if memory.key is None or writing.holder_of(connection, memory.namespace, memory.key) is None:
        return memory
    return replace(memory, key=None, metadata={**memory.metadata, "key": memory.key})


def _memory(record: Imported, plan: Plan, batch: str) -> Memory:
    at = now()
    happened_at = record.happened_at or at
    edges: list[JsonValue] = [{"relation": edge.relation, "to": edge.target} for edge in record.edges]
    return Memory(
        id=_id_at(happened_at),
        namespace=plan.namespace,
        key=record.key,
        text=record.text,
        tags=record.tags,
        importance=record.importance,
        metadata={**record.metadata, **({"relations": edges} if edges else {})},
        created_at=happened_at,
        updated_at=record.updated_at or happened_at,
        expires_at=None,
        author=_author(plan.source, batch),
        happened_at=happened_at,
        kind=record.kind,
        conversation=record.conversation,
        source=Source.IMPORTED,
        trust=TRUST[Source.IMPORTED],
        batch=batch,
    )


def _id_at(instant: datetime) -> str:
    """Ids sort by time: lists show what is imported where it belongs, not on top."""
    return f"mem_{str(ULID.from_timestamp(instant.timestamp())).lower()}"


def _author(source: str, batch: str) -> Author:
    return Author(f"import:{source}", "", "memory import", f"import: {source}", batch)


def _signed(plan: Plan, batch: str) -> Signed:
    return Signed(_author(plan.source, batch), lambda: None)
