"""The tables of the graph inside a vault."""

GRAPH = (
    """CREATE TABLE entities (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        namespace TEXT NOT NULL,
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        type TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (namespace, folded)
    )""",
    "CREATE TABLE mentions (memory_id TEXT NOT NULL, entity_id TEXT NOT NULL, PRIMARY KEY (memory_id, entity_id))",
    "CREATE INDEX mentions_by_entity ON mentions (entity_id)",
    # Ends are ids of memories (mem_) or entities (ent_). An edge that ended is kept, with when it was true.
    """CREATE TABLE links (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        namespace TEXT NOT NULL,
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        relation TEXT NOT NULL,
        weight REAL NOT NULL DEFAULT 1,
        valid_from INTEGER NOT NULL,
        valid_to INTEGER,
        created_at INTEGER NOT NULL,
        client_id TEXT NOT NULL,
        client_name TEXT NOT NULL,
        grant_id TEXT NOT NULL,
        tool TEXT NOT NULL,
        session_id TEXT NOT NULL
    )""",
    "CREATE INDEX links_by_source ON links (source, relation)",
    "CREATE INDEX links_by_target ON links (target, relation)",
    # Memories that were used together: `first` sorts before `second`; the weight is as of `at` and decays from there.
    """CREATE TABLE used_together (
        first TEXT NOT NULL, second TEXT NOT NULL, weight REAL NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (first, second)
    ) WITHOUT ROWID""",
    "CREATE INDEX used_together_by_second ON used_together (second)",
)

LINKS_IN_TIME = (
    # A version of an edge that another replaced: what was known of it stays.
    "ALTER TABLE links ADD COLUMN retired_at INTEGER",
    "ALTER TABLE links ADD COLUMN properties TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE links ADD COLUMN batch TEXT",
    "CREATE INDEX links_of_batch ON links (batch) WHERE batch IS NOT NULL",
    # Named by who wrote the memory, not by its text alone: stays when the text changes.
    "ALTER TABLE mentions ADD COLUMN given INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX entities_by_name ON entities (folded)",
    "CREATE INDEX used_together_by_age ON used_together (at)",
)

MENTIONS_IN_TIME = (
    # Since when a memory mentions a name, and what it mentioned before: both in the time of writing.
    "ALTER TABLE mentions ADD COLUMN since INTEGER NOT NULL DEFAULT 0",
    """CREATE TABLE mentions_before (
        memory_id TEXT NOT NULL, entity_id TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
        PRIMARY KEY (memory_id, entity_id, since)
    )""",
    "CREATE INDEX mentions_before_by_entity ON mentions_before (entity_id)",
)
LINKS_UNDONE = (
    # Which app retired a version; when a roll back undid one; which one a roll back brought again.
    "ALTER TABLE links ADD COLUMN retired_by TEXT",
    "ALTER TABLE links ADD COLUMN undone_at INTEGER",
    "ALTER TABLE links ADD COLUMN revives TEXT",
)
# In the vault of a shared namespace: who of its members drew an edge.
LINKS_SHARED = ("ALTER TABLE links ADD COLUMN person TEXT NOT NULL DEFAULT ''",)
ENTITIES_GIVEN = (
    # What the writer of a memory names beside its text, as JSON; mentions follow from it.
    "ALTER TABLE memories ADD COLUMN entities TEXT NOT NULL DEFAULT '[]'",
)
