"""Undoing what one app wrote: each memory goes back to how it was before the app's last writes in a row."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from resource_server.memory import origins, writing
from resource_server.memory.conversations.withdrawal import withdraw
from resource_server.memory.documents.rows import follow_chunks
from resource_server.memory.events import THERE, Event, changed, events_of
from resource_server.memory.graph.undrawing import EdgeUndo, plan_edges, undraw
from resource_server.memory.past import kept
from resource_server.memory.records import Author, Memory
from resource_server.memory.rows import SEEN, microseconds, seen
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.writing import EventKind
from shared.authorization_details import NamespaceSet
from shared.clock import now

TOUCHED = f"""
    SELECT DISTINCT memory_id FROM events
    WHERE at >= :since AND (client_id = :app OR client_name = :app COLLATE NOCASE) AND person = :person AND {SEEN}
        AND memory_id IN ({THERE})
    ORDER BY memory_id
"""  # noqa: S608 (constants)


class Undoing(StrEnum):
    """What rolling back does to one memory."""

    TRASHED = "to-the-trash"
    CHANGED_BACK = "changed-back"
    RETURNED = "back-from-the-trash"
    WRITTEN_SINCE = "left-alone-another-app-wrote-since"
    KEY_TAKEN = "left-alone-its-key-is-taken"


@dataclass(frozen=True)
class Undo:
    """One memory as it is, what is done to it, how it was before (None: it was not there), and who wrote it last."""

    memory: Memory
    doing: Undoing
    before: Memory | None
    last: Event

    @property
    def identity(self) -> tuple[str, Undoing, int]:
        """What tells it from every other plan, by whatever names it is told."""
        return self.memory.id, self.doing, self.last.sequence


@dataclass(frozen=True)
class AppWrites:
    """What an app, by its client id or name, wrote since an instant; in a shared vault `person` says whose app."""

    app: str
    since: datetime
    person: str = ""

    def has(self, event: Event) -> bool:
        """Whether the event is one of these."""
        is_by = event.by.client_id == self.app or event.by.client_name.casefold() == self.app.casefold()
        return is_by and event.by.person == self.person and event.at >= self.since

    def asked(self) -> dict[str, Any]:
        """Parameters for statements."""
        return {"app": self.app, "since": microseconds(self.since), "person": self.person}


@dataclass(frozen=True)
class Plan:
    """What is to be done to memories and to edges; `is_more` says that another call is needed for the rest.

    `statements` are those of the app that say what others said too: they leave the memories they were merged into.
    """

    memories: tuple[Undo, ...]
    edges: tuple[EdgeUndo, ...]
    is_more: bool
    statements: tuple[origins.Place, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.memories or self.edges or self.statements)

    def within(self, agreed: "Plan") -> "Plan":
        """What of it was agreed to: nothing that was written to since."""
        told = {one.identity for one in agreed.memories}
        edges = {one.ids for one in agreed.edges}
        memories = tuple(one for one in self.memories if one.identity in told)
        statements = tuple(one for one in self.statements if one in agreed.statements)
        kept = tuple(one for one in self.edges if one.ids in edges)
        return replace(self, memories=memories, edges=kept, statements=statements)


def plan(connection: Connection, writes: AppWrites, namespaces: NamespaceSet, limit: int) -> Plan:
    """What to undo of an app's writes: `limit` memories and `limit` edges at most."""
    asked = {**seen(namespaces, now()), **kept(), **writes.asked()}
    ids = [found for (found,) in connection.execute(TOUCHED, asked)]
    events = sorted(events_of(connection, {**asked, "ids": json.dumps(ids)}), key=lambda event: event.memory.id)
    histories = (list(of_one) for _, of_one in groupby(events, key=lambda event: event.memory.id))
    undos = [undo for history in histories if (undo := _undo(history, writes)) is not None]
    # An edge does not say whose app drew it: where several people write, it stays.
    edges, are_more = plan_edges(connection, writes.app, writes.person, writes.since, namespaces, limit)
    memories = tuple(_with_free_keys(connection, undos[:limit]))
    statements = origins.own_of(connection, writes.asked(), namespaces, limit + 1)
    is_more = len(undos) > limit or are_more or len(statements) > limit
    return Plan(memories, tuple(edges), is_more, tuple(statements[:limit]))


def together(plans: Iterable[Plan]) -> Plan:
    """What is to be done in several vaults."""
    every = tuple(plans)
    memories = tuple(undo for one in every for undo in one.memories)
    statements = tuple(place for one in every for place in one.statements)
    edges = tuple(edge for one in every for edge in one.edges)
    return Plan(memories, edges, any(one.is_more for one in every), statements)


def carry_out(connection: Connection, vault: VaultAccess, undos: Plan, by: Author) -> None:
    """Does it: edges, then the trash, so that the keys are free for what returns; then what hangs on memories."""
    undraw(connection, undos.edges)
    gone = [replace(one.memory, deleted_at=now()) for one in undos.memories if one.doing is Undoing.TRASHED]
    for memory in gone:
        writing.change(connection, memory, None, EventKind.ROLLED_BACK, by)
    for undo in undos.memories:
        if undo.doing in (Undoing.CHANGED_BACK, Undoing.RETURNED) and undo.before is not None:
            _bring_back(connection, vault, replace(undo.before, updated_at=now()), by)
    for memory in gone:
        withdraw(connection, memory, by)
    follow_chunks(connection, {one.memory.document_id for one in undos.memories})


def _bring_back(connection: Connection, vault: VaultAccess, memory: Memory, by: Author) -> None:
    """A key may still be with a memory whose time is over."""
    holder = writing.holder_of(connection, memory.namespace, memory.key) if memory.key is not None else None
    if holder is not None and holder.id != memory.id:
        writing.expire(connection, holder, by)
    writing.change(connection, memory, vault.embedded(memory.key, memory.text), EventKind.ROLLED_BACK, by)


def _undo(history: list[Event], writes: AppWrites) -> Undo | None:
    """None where nothing is left to undo. The sort by id was stable: events are in their order."""
    now_is = history[-1].memory
    standing = _standing(history)
    run = len(standing)
    while run and writes.has(standing[run - 1]):
        run -= 1
    if run == len(standing):
        wrote = any(map(writes.has, standing))
        return Undo(now_is, Undoing.WRITTEN_SINCE, None, standing[-1]) if wrote else None
    before = standing[run - 1].memory if run else None
    doing = _doing(now_is, before)
    return None if doing is None else Undo(now_is, doing, before, standing[-1])


def _standing(history: Iterable[Event]) -> list[Event]:
    """The writes that have not been rolled back: a rollback takes back to the write whose state it brought again."""
    standing: list[Event] = []
    for event in history:
        if event.kind is EventKind.ROLLED_BACK:
            while standing and not _same(standing[-1].memory, event.memory):
                standing.pop()
        elif standing and _same(standing[-1].memory, event.memory):
            # It says nothing new, as when the person let a memory out of quarantine.
            standing[-1] = replace(standing[-1], memory=event.memory)
        else:
            standing.append(event)
    return standing


def _same(one: Memory, other: Memory) -> bool:
    return (one.deleted_at is None) == (other.deleted_at is None) and not changed(one, other)


def _doing(memory: Memory, before: Memory | None) -> Undoing | None:
    is_live, was_live = _is_live(memory), before is not None and _is_live(before)
    if not was_live:
        return Undoing.TRASHED if is_live else None
    if not is_live:
        return Undoing.RETURNED
    return Undoing.CHANGED_BACK if changed(before, memory) else None


def _is_live(memory: Memory) -> bool:
    return memory.deleted_at is None and (memory.expires_at is None or memory.expires_at > now())


def _with_free_keys(connection: Connection, undos: list[Undo]) -> Iterator[Undo]:
    """A key belongs to one memory: what would come back to a key that another keeps stays where it is."""
    leaving = {undo.memory.id for undo in undos if undo.doing is Undoing.TRASHED}
    claimed: set[tuple[Any, ...]] = set()
    for undo in undos:
        place = (undo.before.namespace, undo.before.key) if undo.before is not None else ()
        if undo.doing not in (Undoing.CHANGED_BACK, Undoing.RETURNED) or undo.before is None or undo.before.key is None:
            yield undo
        elif place in claimed or _is_held(connection, undo.before, leaving):
            yield replace(undo, doing=Undoing.KEY_TAKEN)
        else:
            claimed.add(place)
            yield undo


def _is_held(connection: Connection, memory: Memory, leaving: set[str]) -> bool:
    holder = writing.holder_of(connection, memory.namespace, memory.key or "")
    return holder is not None and holder.id not in {memory.id, *leaving} and _is_live(holder)
