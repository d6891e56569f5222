"""Quotas: what is full says so, and reading and deleting work on."""

from dataclasses import replace

import pytest

from resource_server.memory.documents.documents import SqliteDocuments
from resource_server.memory.documents.records import DocumentDraft
from resource_server.memory.graph.graph import Graph
from resource_server.memory.graph.records import Draft as Edge
from resource_server.memory.quarantine import Quarantine
from resource_server.memory.quotas import QuotaReachedError, Quotas
from resource_server.memory.records import Changes, Draft, Filters, NamedEntity
from resource_server.memory.sqlite import SqliteMemoryStore
from tests.stores.conftest import EVERYTHING, signed_by

BY = signed_by()


def test_one_memory_too_many_is_refused_until_another_is_deleted(store: SqliteMemoryStore) -> None:
    full = replace(store, quotas=Quotas(memories=2))
    first, _ = full.put(Draft("work", "one", "k"), BY)
    full.put(Draft("work", "two"), BY)
    with pytest.raises(QuotaReachedError, match="OSTIARY_RESOURCE_MAX_MEMORIES"):
        full.put(Draft("work", "three"), BY)
    full.put(Draft("work", "one again", "k"), BY)
    full.put(Draft("work", "two"), BY)
    assert full.stats(EVERYTHING).by_namespace == {"work": 2}
    full.delete(first.id, EVERYTHING, BY)
    assert full.put(Draft("work", "three"), BY)[1]


def test_a_vault_without_room_takes_no_words_and_gives_them_still(store: SqliteMemoryStore) -> None:
    saved, _ = store.put(Draft("work", "a train"), BY)
    full = replace(store, quotas=Quotas(megabytes=0))
    for write in (
        lambda: full.put(Draft("work", "more"), BY),
        lambda: full.update(saved.id, Changes(text="more"), EVERYTHING, BY),
    ):
        with pytest.raises(QuotaReachedError, match="OSTIARY_RESOURCE_MAX_VAULT_MB"):
            write()
    assert full.search("train", Filters(EVERYTHING), 1)[0].memory == saved
    assert full.delete(saved.id, EVERYTHING, BY) is not None


def test_what_waits_for_the_person_counts_too(store: SqliteMemoryStore) -> None:
    """Nobody fills a vault with what nobody sees."""
    Quarantine(store.vault).switch(on=True)
    assert store.keep(Draft("work", "a train"), BY).waits
    with pytest.raises(QuotaReachedError):
        replace(store, quotas=Quotas(megabytes=0)).put(Draft("work", "x"), BY)


def test_documents_and_links_need_room_too(store: SqliteMemoryStore) -> None:
    store.put(Draft("work", "a train"), BY)
    document = DocumentDraft("work", "Trains", "A timetable.", "text/plain")
    with pytest.raises(QuotaReachedError, match="OSTIARY_RESOURCE_MAX_MEMORIES"):
        SqliteDocuments(store.vault, Quotas(memories=1)).put(document, BY)
    with pytest.raises(QuotaReachedError, match="OSTIARY_RESOURCE_MAX_VAULT_MB"):
        SqliteDocuments(store.vault, Quotas(megabytes=0)).put(document, BY)
    ends = NamedEntity("Ada"), NamedEntity("Analytical Ltd")
    with pytest.raises(QuotaReachedError, match="OSTIARY_RESOURCE_MAX_VAULT_MB"):
        Graph(store.vault, Quotas(megabytes=0)).link(Edge("work", "works_at"), ends, EVERYTHING, BY)
    assert store.stats(EVERYTHING).by_namespace == {"work": 1}


def test_a_document_has_room_for_all_its_parts_or_is_not_kept(store: SqliteMemoryStore) -> None:
    store.put(Draft("work", "a train"), BY)
    parts = "\n\n".join(f"# Part {number}\n\nA timetable." for number in range(3))
    document = DocumentDraft("work", "Trains", parts, "text/markdown", "trains.md")
    with pytest.raises(QuotaReachedError, match="Room for 3 is needed"):
        SqliteDocuments(store.vault, Quotas(memories=3)).put(document, BY)
    assert store.stats(EVERYTHING).by_namespace == {"work": 1}
    exactly = SqliteDocuments(store.vault, Quotas(memories=4))
    exactly.put(document, BY)
    exactly.put(replace(document, text=parts.replace("timetable", "table")), BY)
    assert store.stats(EVERYTHING).by_namespace == {"work": 4}
    with pytest.raises(QuotaReachedError):
        exactly.put(replace(document, text=f"{parts}\n\n# One more\n\nA table."), BY)
    assert [one.chunks for one in exactly.page(EVERYTHING, None, 9)[0]] == [3]


def test_a_document_larger_than_what_is_left_is_refused_before_it_is_written(store: SqliteMemoryStore) -> None:
    store.put(Draft("work", "a train"), BY)
    document = DocumentDraft("work", "Trains", "word " * 250_000, "text/plain")
    with pytest.raises(QuotaReachedError, match="OSTIARY_RESOURCE_MAX_VAULT_MB"):
        SqliteDocuments(store.vault, Quotas(megabytes=1)).put(document, BY)
    assert store.stats(EVERYTHING).by_namespace == {"work": 1}
