"""Tables that say what memories say: which are the same, which contradict, what apps think of them."""

OWED = "statements owed"
"""In vault_settings: below which row memories may have neither fingerprint nor claims yet."""

KEEPING = (
    # Statements that could be the same share a fingerprint; `restated` counts how often one was said again.
    """CREATE TABLE fingerprints (
        row INTEGER PRIMARY KEY, fingerprint INTEGER NOT NULL, restated INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX fingerprints_by_value ON fingerprints (fingerprint)",
    # What live memories say about somebody that has one value at a time.
    """CREATE TABLE claims (
        row INTEGER NOT NULL, about INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (row, about)
    ) WITHOUT ROWID""",
    "CREATE INDEX claims_by_subject ON claims (about)",
    # The last word of each app on a memory.
    """CREATE TABLE feedback (
        row INTEGER NOT NULL, client_id TEXT NOT NULL, label TEXT NOT NULL, at INTEGER NOT NULL,
        outdated INTEGER NOT NULL, PRIMARY KEY (row, client_id)
    ) WITHOUT ROWID""",
    """CREATE TABLE idempotency_keys (
        client_id TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, memory_id TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (client_id, key)
    ) WITHOUT ROWID""",
    "CREATE INDEX idempotency_keys_by_time ON idempotency_keys (at)",
    "CREATE INDEX idempotency_keys_by_memory ON idempotency_keys (memory_id)",
    # The event that brought a statement, so that undoing the one takes the other away.
    "ALTER TABLE origins ADD COLUMN event INTEGER",
    # What waits in quarantine holds no key.
    "DROP INDEX memories_by_key",
    "CREATE UNIQUE INDEX memories_by_key ON memories (namespace, key) "
    "WHERE key IS NOT NULL AND deleted_at IS NULL AND quarantined_at IS NULL",
    "CREATE INDEX memories_superseded ON memories (superseded_by) WHERE superseded_by IS NOT NULL",
)

STATEMENTS_OWED = (
    # Memories that were there before KEEPING have none; they are noted in the background.
    f"""INSERT INTO vault_settings (name, value)
        SELECT '{OWED}', last + 1 FROM (SELECT max(row) AS last FROM memories) WHERE last IS NOT NULL""",  # noqa: S608
)
