"""The tables of conversations inside a vault; a migration of `schema.py` makes them."""

CONVERSATIONS = (
    # MemoryOS, arXiv 2506.06326: pages of conversation are memories; here are the segments they gather in.
    """CREATE TABLE segments (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        namespace TEXT NOT NULL,
        summary TEXT NOT NULL,
        keywords TEXT NOT NULL,
        vector BLOB,
        embedder INTEGER,
        visits INTEGER NOT NULL DEFAULT 0,
        interactions INTEGER NOT NULL DEFAULT 0,
        visited_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL
    )""",
    "CREATE INDEX segments_by_namespace ON segments (namespace)",
    "CREATE TABLE segment_pages (memory_id TEXT PRIMARY KEY, segment INTEGER NOT NULL REFERENCES segments (number))",
    "CREATE INDEX segment_pages_by_segment ON segment_pages (segment)",
)

MORE_OF_CONVERSATIONS = (
    # When a page was read for what it says of the person; once is enough.
    "ALTER TABLE segment_pages ADD COLUMN promoted_at INTEGER",
    # Which model wrote the summary, and from which pages, each with its updated_at.
    "ALTER TABLE segments ADD COLUMN written_by TEXT",
    "ALTER TABLE segments ADD COLUMN written_from TEXT",
    "CREATE INDEX memories_traits ON memories (namespace) WHERE kind = 'trait'",
)
