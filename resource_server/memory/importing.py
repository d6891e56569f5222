"""Imports: records of other products written into one vault, a few hundred a transaction, and taken out again.

An import may be repeated: what is there already is not written again. One that was broken off goes on where it was.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from itertools import compress, islice

from ulid import ULID

from resource_server.memory import import_batches as batches
from resource_server.memory import writing
from resource_server.memory.import_links import ImportLinks, Pending
from resource_server.memory.import_report import Report
from resource_server.memory.importers.fitting import fitted
from resource_server.memory.importers.imported import Found, Imported
from resource_server.memory.importers.material import LeftOut
from resource_server.memory.known_texts import THERE, KnownTexts
from resource_server.memory.quotas import DEFAULT_QUOTAS, Quotas
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
    quotas: Quotas = DEFAULT_QUOTAS

    def rehearse(self, plan: Plan, found: Iterable[Found], advance: Callable[[int], None] = lambda _: None) -> Report:
        """What `bring` would do; nothing is written, and a person without a vault gets none."""
        run = _Run(self.vault, self.quotas, plan, Report(), self._known())
        for record in run.wanted(found, advance):
            run.report.brings(record, plan.namespace)
        return run.report

    def bring(self, plan: Plan, found: Iterable[Found], advance: Callable[[int], None] = lambda _: None) -> Report:
        """Writes what is not there yet. `advance` hears how many records are done.

        Raises NoRoomError, TooManyNamespacesError and StoreBusyError; what was written before stays, and the import can
        be repeated.
        """
        run = _Run(self.vault, self.quotas, plan, Report(self._unfinished(plan)), self._known())
        wanted = run.wanted(found, advance)
        while chunk := list(islice(wanted, AT_ONCE)):
            run.write(chunk)
        for edges in run.links.chunks():
            run.link(edges)
        run.finish()
        return run.report

    def _known(self) -> KnownTexts:
        known = KnownTexts()
        if self.vault.exists:
            self.vault.read(known.load)
        return known

    def _unfinished(self, plan: Plan) -> str:
        """The import of this file that was broken off, if there is one."""
        if not self.vault.exists:
            return ""
        return self.vault.read(lambda connection: batches.unfinished(connection, plan.source, plan.label))


@dataclass(frozen=True)
class _Run:
    vault: VaultAccess
    quotas: Quotas
    plan: Plan
    report: Report
    known: KnownTexts
    links: ImportLinks = field(default_factory=ImportLinks)

    def wanted(self, found: Iterable[Found], advance: Callable[[int], None]) -> Iterator[Imported]:
        """What is new, as memories may be; the rest goes into the report."""
        for one in found:
            advance(1)
            for record in (one,) if isinstance(one, LeftOut) else fitted(one, self.plan.zone):
                if isinstance(record, LeftOut):
                    self.report.leaves_out(record)
                elif why := self.known.why_not(self.plan.namespace, record):
                    self.report.repeats(why)
                    self.links.note(record, self.known.id_of(self.plan.namespace, record))
                else:
                    yield record

    def write(self, chunk: list[Imported]) -> None:
        """One transaction."""
        signed = self._signed()
        memories = [_memory(record, self.plan, signed.author) for record in chunk]
        embedded = self.vault.embedded_all([(memory.key, memory.text) for memory in memories])

        def work(connection: Connection) -> list[bool]:
            self.quotas.check(connection, adds=True)
            is_there = self.known.catch_up(connection, self.plan.namespace)
            self._begin(connection)
            brought = [not is_there(record) for record in chunk]
            for memory, vector in compress(zip(memories, embedded, strict=True), brought):
                writing.insert(connection, _with_free_key(connection, memory), vector)
                batches.note(connection, self.report.batch, memory.id)
            batches.count(connection, self.report.batch, sum(brought))
            self.known.move_on(connection)
            return brought

        brought = self.vault.written(signed, work)
        for record, memory, is_new in zip(chunk, memories, brought, strict=True):
            if is_new:
                self.report.brings(record, self.plan.namespace)
                self.links.note(record, memory.id)
            else:
                self.report.repeats(THERE)

    def link(self, edges: list[Pending]) -> None:
        """One transaction, where something is missing."""
        namespace = self.plan.namespace
        missing = self.vault.read(lambda connection: self.links.missing(connection, edges, namespace))
        if not missing:
            return
        signed = self._signed()

        def work(connection: Connection) -> int:
            self._begin(connection)
            return self.links.drawn(connection, missing, namespace, signed.author)

        self.report.links += self.vault.written(signed, work)

    def finish(self) -> None:
        """It came to its end, if anything was written at all."""
        if self.report.batch:
            self.vault.written(self._signed(), lambda connection: batches.finish(connection, self.report.batch))

    def _begin(self, connection: Connection) -> None:
        batches.begin(connection, self.report.batch, self.plan.source, self.plan.namespace, self.plan.label)

    def _signed(self) -> Signed:
        self.report.batch = self.report.batch or new_id("imp")
        source = self.plan.source
        author = Author(f"import:{source}", "", "memory import", f"import: {source}", self.report.batch)
        return Signed(author, lambda: None)


def _with_free_key(connection: Connection, memory: Memory) -> Memory:
    """A key that the namespace holds already stays with its holder, and is kept beside the imported text."""
    if memory.key is None or writing.holder_of(connection, memory.namespace, memory.key) is None:
        return memory
    return replace(memory, key=None, metadata={**memory.metadata, "key": memory.key})


def _memory(record: Imported, plan: Plan, author: Author) -> Memory:
    happened_at = record.happened_at or now()
    return Memory(
        id=_id_at(happened_at),
        namespace=plan.namespace,
        key=record.key,
        text=record.text,
        tags=record.tags,
        importance=record.importance,
        metadata=record.metadata,
        created_at=happened_at,
        updated_at=record.updated_at or happened_at,
        expires_at=None,
        author=author,
        happened_at=happened_at,
        kind=record.kind,
        conversation=record.conversation,
        source=Source.IMPORTED,
        trust=TRUST[Source.IMPORTED],
        batch=author.session_id,
    )


def _id_at(instant: datetime) -> str:
    """Ids sort by time: lists show what is imported where it belongs, not on top."""
    return f"mem_{str(ULID.from_timestamp(instant.timestamp())).lower()}"
