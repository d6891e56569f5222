"""A segment, its pages sent to the endpoint, and what came back written down as a model's words."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from resource_server.memory.conversations.chat.endpoint import ChatEndpoint
from resource_server.memory.conversations.chat.findings import INSTRUCTIONS, Findings, findings_in, quoted_pages
from resource_server.memory.conversations.promotion import Promotion
from resource_server.memory.conversations.statements.reading import SECRET
from resource_server.memory.conversations.traits import Trait, slug
from resource_server.memory.records import Memory, Signed, Source
from resource_server.memory.rows import COLUMNS, LIVE, from_row, microseconds
from resource_server.memory.store import MemoryStores
from resource_server.memory.vault import Connection
from shared.clock import now

SHOWN = 20
SETTING = "chat_endpoint"
IS_OFF = f"SELECT 1 FROM vault_settings WHERE name = '{SETTING}' AND value = 'off'"  # noqa: S608 (a constant)
SWITCH = """
    INSERT INTO vault_settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
PAGES = f"""
    SELECT {COLUMNS} FROM memories JOIN segment_pages ON memory_id = id WHERE segment = :segment AND {LIVE}
    ORDER BY happened_at DESC, id DESC LIMIT {SHOWN}
"""  # noqa: S608 (constants)
SUMMARY = "UPDATE segments SET summary = ?, written_by = ?, written_from = ? WHERE number = ?"


@dataclass(frozen=True)
class Job:
    """A segment of a person; `confirm` says whether the app that spoke last is still connected."""

    user_id: str
    segment: int
    confirm: Callable[[], None]


@dataclass(frozen=True)
class Writer:
    """Asks the model about segments of those who did not switch it off."""

    stores: MemoryStores
    endpoint: ChatEndpoint

    def write(self, job: Job, ended: Event) -> None:
        """Raises NoAnswerError, and what the store raises; nothing is written then."""
        vault = self.stores.vault_of(job.user_id)
        pages = vault.read(lambda connection: _pages(connection, job.segment))
        if not pages:
            return
        findings = findings_in(self.endpoint.ask(INSTRUCTIONS, quoted_pages(pages), ended), pages)
        signed = Signed(pages[0].author, job.confirm)
        vault.written(signed, lambda connection: self._write_summary(connection, job.segment, findings, pages))
        promotion = Promotion(vault, self.stores.own_of(job.user_id))
        for page, trait in self._traits(findings, pages):
            promotion.keep(trait, page, Signed(page.author, job.confirm))

    def _write_summary(self, connection: Connection, segment: int, findings: Findings, pages: list[Memory]) -> None:
        states = {page.id: microseconds(page.updated_at) for page in pages}
        connection.execute(SUMMARY, (findings.summary, self.endpoint.model, json.dumps(states), segment))

    def _traits(self, findings: Findings, pages: list[Memory]) -> list[tuple[Memory, Trait]]:
        """Each with the latest page it names; under keys of their own, so that they never replace what was said."""
        by_id = {page.id: page for page in pages}
        found = []
        for one in findings.traits:
            sources = [by_id[source] for source in dict.fromkeys(one.sources)]
            page = max(sources, key=lambda source: source.happened_at)
            key = f"profile.inferred.{slug(one.attribute)}"
            names = tuple(source.id for source in sources)
            extra = {"model": self.endpoint.model}
            trait = Trait(key, one.attribute, one.value, page.happened_at, names, Source.TOOL_OUTPUT, {**extra})
            if SECRET.search(trait.text) is None:
                found.append((page, trait))
        return found


def switch(connection: Connection, *, on: bool) -> None:
    """Whether this person's conversations may be sent to the endpoint."""
    connection.execute(SWITCH, (SETTING, "on" if on else "off"))


def is_switched_off(connection: Connection) -> bool:
    """Whether the person keeps their conversations from the endpoint."""
    return connection.execute(IS_OFF).fetchone() is not None


def _pages(connection: Connection, segment: int) -> list[Memory]:
    """In the order in which they were said; none where the person switched this off."""
    if is_switched_off(connection):
        return []
    rows = connection.execute(PAGES, {"segment": segment, "now": microseconds(now())}).fetchall()
    return [from_row(row) for row in reversed(rows)]
