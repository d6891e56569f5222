"""A page that leaves the vault for good takes its words along."""

import json
from collections import Counter

from resource_server.memory.conversations.keywords import commonest, keywords
from resource_server.memory.vault import Connection

LEAVE = "DELETE FROM segment_pages WHERE memory_id = ? RETURNING segment"
TEXTS = "SELECT text FROM memories WHERE id IN (SELECT memory_id FROM segment_pages WHERE segment = ?)"
# Without a vector until the next page joins: a mean cannot be taken apart.
ANEW = "UPDATE segments SET keywords = ?, vector = NULL, embedder = NULL, summary = '' WHERE number = ?"


def leave(connection: Connection, page_id: str) -> None:
    """The segment the page was in, if any, is made anew from the pages that remain, or ends with its last one."""
    for (segment,) in connection.execute(LEAVE, (page_id,)).fetchall():
        texts = [text for (text,) in connection.execute(TEXTS, (segment,))]
        if texts:
            counts: Counter[str] = sum((keywords(text) for text in texts), Counter())
            connection.execute(ANEW, (json.dumps(commonest(counts), ensure_ascii=False), segment))
        else:
            connection.execute("DELETE FROM segments WHERE number = ?", (segment,))
