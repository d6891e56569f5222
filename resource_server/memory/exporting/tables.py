"""What of a vault is exported: a kind of line for each table, without the numbers that mean something in one file only.

Vectors of memories are left out, for they follow from the texts; so are imports, which are about this vault alone.
"""

from dataclasses import dataclass

from resource_server.memory.bulk_writes import SETTING
from resource_server.memory.keeping_tables import OWED

BY_MEMORY = "memory_id IN (SELECT id FROM memories WHERE namespace IN (SELECT value FROM json_each(:names)))"
BY_NAMESPACE = "namespace IN (SELECT value FROM json_each(:names))"
BY_ROW = "row IN (SELECT row FROM memories WHERE namespace IN (SELECT value FROM json_each(:names)))"
OWN_SETTINGS = (SETTING, OWED)
"""What a vault notes for itself: it neither leaves nor enters."""

NEVER = "0"
EVENT_OF_ORIGIN = """
    CASE WHEN event IS NOT NULL THEN (
        SELECT count(*) FROM events WHERE events.memory_id = origins.memory_id AND events.sequence <= origins.event
    ) END
"""
"""Which of the memory's events brought a statement, counted from 1: the numbers of events differ between vaults."""


@dataclass(frozen=True)
class Table:
    """How a table becomes lines of the kind `line`.

    `select` names columns that are read otherwise than as they stand, by the name they have in the line; `leaves` are
    columns that no line has. `only` holds for rows worth a line, `within` for rows of the namespaces asked for, where
    not all are. `needs` names the columns whose ids must be memories that the same import brings.
    """

    line: str
    name: str
    within: str
    only: str = "1"
    order: str = "rowid"
    leaves: tuple[str, ...] = ()
    instants: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    select: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()


MEMORIES = Table(
    "memory",
    "memories",
    BY_NAMESPACE,
    order="id",
    leaves=("row",),
    instants=("created_at", "updated_at", "expires_at", "deleted_at", "happened_at", "quarantined_at"),
    documents=("tags", "metadata", "entities"),
)
EVENTS = Table(
    "event",
    "events",
    BY_MEMORY,
    leaves=("sequence",),
    instants=("at",),
    documents=("state",),
    needs=("memory_id",),
)
LEDGER = Table("ledger", "ledger", NEVER, leaves=("number",), instants=("at",), documents=("namespaces", "memory_ids"))
OTHERS = (
    Table(
        "document",
        "documents",
        BY_NAMESPACE,
        leaves=("number",),
        instants=("created_at", "deleted_at"),
        documents=("metadata",),
    ),
    Table("entity", "entities", BY_NAMESPACE, leaves=("number",), instants=("created_at",)),
    Table("mention", "mentions", BY_MEMORY, instants=("since",), needs=("memory_id",)),
    Table("mention_before", "mentions_before", BY_MEMORY, instants=("since", "until"), needs=("memory_id",)),
    Table(
        "link",
        "links",
        BY_NAMESPACE,
        leaves=("number",),
        instants=("valid_from", "valid_to", "created_at", "retired_at", "undone_at"),
        documents=("properties",),
    ),
    Table(
        "used_together",
        "used_together",
        "first IN (SELECT id FROM memories WHERE namespace IN (SELECT value FROM json_each(:names)))"
        " AND second IN (SELECT id FROM memories WHERE namespace IN (SELECT value FROM json_each(:names)))",
        order="first, second",
        instants=("at",),
        needs=("first", "second"),
    ),
    Table(
        "origin",
        "origins",
        BY_MEMORY,
        leaves=("number",),
        instants=("at",),
        select=(("event", EVENT_OF_ORIGIN),),
        needs=("memory_id",),
    ),
    Table(
        "feedback",
        "feedback",
        BY_ROW,
        order="memory_id, client_id",
        leaves=("row",),
        instants=("at",),
        select=(("memory_id", "(SELECT id FROM memories WHERE memories.row = feedback.row)"),),
        needs=("memory_id",),
    ),
    Table(
        "restated",
        "fingerprints",
        BY_ROW,
        only="restated > 0",
        order="memory_id",
        leaves=("row", "fingerprint"),
        select=(("memory_id", "(SELECT id FROM memories WHERE memories.row = fingerprints.row)"),),
        needs=("memory_id",),
    ),
    Table(
        "use",
        "memory_use",
        BY_ROW,
        order="memory_id",
        leaves=("row",),
        instants=("used_at",),
        select=(("memory_id", "(SELECT id FROM memories WHERE memories.row = memory_use.row)"),),
        needs=("memory_id",),
    ),
    Table(
        "segment",
        "segments",
        BY_NAMESPACE,
        leaves=("number",),
        instants=("visited_at", "created_at"),
        documents=("keywords",),
        select=(("embedder", "(SELECT name FROM embedders WHERE number = segments.embedder)"),),
    ),
    Table(
        "segment_page",
        "segment_pages",
        BY_MEMORY,
        order="memory_id",
        instants=("promoted_at",),
        select=(("segment", "(SELECT id FROM segments WHERE number = segment_pages.segment)"),),
        needs=("memory_id",),
    ),
    Table("setting", "vault_settings", NEVER, only=f"name NOT IN {OWN_SETTINGS}", order="name"),
    Table("accepted_app", "accepted_apps", NEVER, order="client_id", instants=("at",)),
)
EXPORTED = (MEMORIES, EVENTS, *OTHERS)
SETTINGS = frozenset({"setting", "accepted_app"})
"""Kinds of lines that say what a person decided: whoever made the file may have been somebody else."""

NOT_EXPORTED = {
    "namespaces": "made anew with the first memory of each",
    "embedders": "named where they matter",
    "index_changes": "made anew from the memories",
    "memory_index": "made anew from the memories",
    "memory_vectors": "made anew from the texts",
    "memory_words": "made anew from the texts",
    "claims": "made anew from the texts",
    "idempotency_keys": "an app's repetition of a request within a day",
    "imports": "what was imported into this vault, to be undone here",
    "imported": "what was imported into this vault, to be undone here",
}
"""Tables by the beginning of their names, and why no line comes from them."""
