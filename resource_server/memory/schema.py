"""The tables inside a vault, by `user_version`: each migration is a list of statements, run in one transaction."""

from resource_server.memory.conversations.tables import CONVERSATIONS, MORE_OF_CONVERSATIONS
from resource_server.memory.graph.tables import (
    ENTITIES_GIVEN,
    GRAPH,
    LINKS_IN_TIME,
    LINKS_SHARED,
    LINKS_UNDONE,
    MENTIONS_IN_TIME,
)
from resource_server.memory.keeping_tables import KEEPING, STATEMENTS_OWED

MEMORIES = (
    """CREATE TABLE memories (
        row INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        namespace TEXT NOT NULL,
        key TEXT,
        text TEXT NOT NULL,
        tags TEXT NOT NULL,
        importance REAL NOT NULL,
        metadata TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        expires_at INTEGER,
        deleted_at INTEGER,
        client_id TEXT NOT NULL,
        client_name TEXT NOT NULL,
        grant_id TEXT NOT NULL,
        tool TEXT NOT NULL
    )""",
    "CREATE UNIQUE INDEX memories_by_key ON memories (namespace, key) WHERE key IS NOT NULL AND deleted_at IS NULL",
    "CREATE INDEX memories_by_namespace ON memories (namespace, id)",
    "CREATE INDEX memories_deleted ON memories (deleted_at) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX memories_expiring ON memories (expires_at) WHERE expires_at IS NOT NULL",
)

EVENTS = (
    # What each write left behind, whole: the past can be read from here without replaying anything.
    """CREATE TABLE events (
        sequence INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        memory_id TEXT NOT NULL,
        namespace TEXT NOT NULL,
        state TEXT,
        client_id TEXT NOT NULL,
        client_name TEXT NOT NULL,
        grant_id TEXT NOT NULL,
        tool TEXT NOT NULL
    )""",
    "CREATE INDEX events_by_memory ON events (memory_id, sequence)",
)

INDEXES = (
    # A namespace's words lie in memory_words_<number>, made with its first memory.
    "CREATE TABLE namespaces (number INTEGER PRIMARY KEY, namespace TEXT NOT NULL UNIQUE)",
    "CREATE TABLE embedders (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    # One narrow row a live memory: searches filter and scan here, and read the wide rows of the few that remain.
    """CREATE TABLE memory_index (
        row INTEGER PRIMARY KEY, namespace TEXT NOT NULL, expires_at INTEGER, embedder INTEGER, bits BLOB
    )""",
    "CREATE INDEX memory_index_by_namespace ON memory_index (namespace)",
    "CREATE TABLE memory_vectors (row INTEGER PRIMARY KEY, vector BLOB NOT NULL)",
)

MORE_OF_A_MEMORY = (
    *(
        f"ALTER TABLE memories ADD COLUMN {column}"
        for column in (
            "session_id TEXT NOT NULL DEFAULT ''",
            "happened_at INTEGER NOT NULL DEFAULT 0",
            "kind TEXT NOT NULL DEFAULT 'note'",
            "conversation TEXT",
            "source TEXT NOT NULL DEFAULT 'written'",
            "trust REAL NOT NULL DEFAULT 0.7",
            "document_id TEXT",
            "position INTEGER",
            "batch TEXT",
            "superseded_by TEXT",
            "quarantined_at INTEGER",
        )
    ),
    "UPDATE memories SET happened_at = created_at",
    "CREATE INDEX memories_of_conversation ON memories (namespace, conversation, happened_at) "
    "WHERE conversation IS NOT NULL",
    "CREATE INDEX memories_of_document ON memories (document_id, position) WHERE document_id IS NOT NULL",
    "CREATE INDEX memories_of_batch ON memories (batch) WHERE batch IS NOT NULL",
    "CREATE INDEX memories_quarantined ON memories (quarantined_at) WHERE quarantined_at IS NOT NULL",
    "ALTER TABLE events ADD COLUMN session_id TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX events_by_time ON events (at)",
    "CREATE INDEX events_by_app ON events (client_id, at)",
)

MORE_TO_FILTER_BY = (
    *(
        f"ALTER TABLE memory_index ADD COLUMN {column}"
        for column in (
            "kind TEXT NOT NULL DEFAULT 'note'",
            "client_id TEXT NOT NULL DEFAULT ''",
            "client_name TEXT NOT NULL DEFAULT ''",
            "happened_at INTEGER NOT NULL DEFAULT 0",
            "conversation TEXT",
        )
    ),
    """UPDATE memory_index SET (client_id, client_name, happened_at) =
        (SELECT client_id, client_name, happened_at FROM memories WHERE memories.row = memory_index.row)""",
)

SEARCHED_IN_MEMORY = (
    # What is held in memory of the index is brought up to date by the rows that changed, whoever changed them.
    "ALTER TABLE memory_index ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE memory_index ADD COLUMN length INTEGER NOT NULL DEFAULT 1",
    """UPDATE memory_index SET (tags, length) =
        (SELECT tags, 1 + length(text) / 6 FROM memories WHERE memories.row = memory_index.row)""",
    "CREATE TABLE index_changes (sequence INTEGER PRIMARY KEY, row INTEGER NOT NULL)",
    *(
        f"""CREATE TRIGGER index_{change} AFTER {change} ON memory_index BEGIN
            INSERT INTO index_changes (row) VALUES ({row});
            DELETE FROM index_changes WHERE sequence <= (SELECT max(sequence) FROM index_changes) - 5000;
        END"""  # noqa: S608 (constants)
        for change, row in (("insert", "new.row"), ("delete", "old.row"), ("update", "new.row"))
    ),
)

USE = (
    # How often a memory was found useful: no part of its history, so reading leaves no event.
    """CREATE TABLE memory_use (
        row INTEGER PRIMARY KEY,
        uses INTEGER NOT NULL DEFAULT 0,
        used_at INTEGER,
        useful REAL NOT NULL DEFAULT 0
    )""",
    # Other statements of the same thing, folded into one memory.
    """CREATE TABLE origins (
        number INTEGER PRIMARY KEY,
        memory_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        text TEXT NOT NULL,
        source TEXT NOT NULL,
        trust REAL NOT NULL,
        client_id TEXT NOT NULL,
        client_name TEXT NOT NULL,
        grant_id TEXT NOT NULL,
        tool TEXT NOT NULL,
        session_id TEXT NOT NULL
    )""",
    "CREATE INDEX origins_by_memory ON origins (memory_id)",
    # What the person decided about this vault, by name: quarantine, for example.
    "CREATE TABLE vault_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # Apps whose writes need not wait in quarantine.
    "CREATE TABLE accepted_apps (client_id TEXT PRIMARY KEY, at INTEGER NOT NULL)",
)

LEDGER = (
    # Every read and write by an app, with its question: memory content, so it lies in the vault.
    """CREATE TABLE ledger (
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        action TEXT NOT NULL,
        tool TEXT NOT NULL,
        question TEXT NOT NULL,
        namespaces TEXT NOT NULL,
        memory_ids TEXT NOT NULL,
        client_id TEXT NOT NULL,
        client_name TEXT NOT NULL,
        grant_id TEXT NOT NULL,
        session_id TEXT NOT NULL
    )""",
    "CREATE INDEX ledger_by_app ON ledger (client_id, number)",
)

# In the vault of a shared namespace: who of its members wrote. In a person's own vault it is always themselves.
WHOSE_APP = tuple(
    f"ALTER TABLE {table} ADD COLUMN person TEXT NOT NULL DEFAULT ''"
    for table in ("memories", "events", "origins", "ledger")
)

DOCUMENTS = (
    """CREATE TABLE documents (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        namespace TEXT NOT NULL,
        title TEXT NOT NULL,
        media_type TEXT NOT NULL,
        origin TEXT NOT NULL,
        digest TEXT NOT NULL,
        metadata TEXT NOT NULL,
        chunks INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        deleted_at INTEGER
    )""",
    "CREATE INDEX documents_by_digest ON documents (namespace, digest)",
)

IMPORTS = (
    """CREATE TABLE imports (
        batch TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        source TEXT NOT NULL,
        namespace TEXT NOT NULL,
        memories INTEGER NOT NULL,
        undone_at INTEGER
    )""",
)

MORE_OF_IMPORTS = (
    # An import that was broken off goes on under its own number; `label` is the name of the file.
    "ALTER TABLE imports ADD COLUMN label TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE imports ADD COLUMN finished_at INTEGER",
    # What an import brought, each with its event: whatever happened to it later has a larger sequence.
    """CREATE TABLE imported (
        batch TEXT NOT NULL, memory_id TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (batch, memory_id)
    ) WITHOUT ROWID""",
    "CREATE INDEX imported_by_memory ON imported (memory_id)",
)

MIGRATIONS = (
    (*MEMORIES, *EVENTS, *INDEXES),
    (
        *MORE_OF_A_MEMORY,
        *MORE_TO_FILTER_BY,
        *SEARCHED_IN_MEMORY,
        *USE,
        *GRAPH,
        *LINKS_IN_TIME,
        *LEDGER,
        *WHOSE_APP,
        *DOCUMENTS,
        *CONVERSATIONS,
        *IMPORTS,
        *MORE_OF_IMPORTS,
        *KEEPING,
        *MORE_OF_CONVERSATIONS,
    ),
    (*ENTITIES_GIVEN, *MENTIONS_IN_TIME, *LINKS_UNDONE, *LINKS_SHARED, *STATEMENTS_OWED),
)
"""Migration n leads to `user_version` n + 1. Never changed once released, only added to."""
