"""Segments: how warm they are, which page joins which, and that their end is nobody else's."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resource_server.memory.conversations import segments
from resource_server.memory.conversations.chat.background import Background
from resource_server.memory.conversations.conversations import Conversations
from resource_server.memory.conversations.heat import HOT, heat
from resource_server.memory.conversations.keywords import cosine, jaccard, keywords
from resource_server.memory.conversations.pages import Turn, own_words, page_draft
from resource_server.memory.conversations.summaries import LONGEST, summary_of
from resource_server.memory.conversations.visits import Visits
from resource_server.memory.records import Author, Filters
from resource_server.memory.store import MemoryStores
from resource_server.memory.storing import made_of
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, signed_by

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXTS = st.text(max_size=200)


def test_heat_is_visits_and_pages_and_a_recency_that_fades_in_a_day() -> None:
    assert heat(2, 3, NOON, NOON) == 6.0
    assert heat(0, 0, NOON, NOON + timedelta(hours=24)) == pytest.approx(0.3679, abs=1e-4)
    assert heat(0, 4, NOON, NOON + timedelta(seconds=1)) < HOT <= heat(0, 5, NOON, NOON + timedelta(days=3650))


@settings(deadline=None)
@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 10**6), st.integers(0, 10**6))
def test_heat_only_falls_with_time(visits: int, interactions: int, sooner: int, later: int) -> None:
    first, second = sorted((sooner, later))
    before, after = (heat(visits, interactions, NOON, NOON + timedelta(seconds=away)) for away in (first, second))
    assert before >= after >= visits + interactions


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_likeness_of_keywords_is_even_and_between_0_and_1(first: str, second: str) -> None:
    one, other = keywords(first), keywords(second)
    for like in (jaccard, cosine):
        assert like(one, other) == pytest.approx(like(other, one))
        assert 0 <= like(one, other) <= 1 + 1e-9
    assert not one or jaccard(one, one) == 1


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=5))
def test_a_summary_is_short_and_taken_from_the_texts(texts: list[str]) -> None:
    assert len(summary_of(texts)) <= LONGEST


@settings(deadline=None)
@given(st.text(min_size=1, max_size=80).filter(str.strip), st.text(max_size=80))
def test_a_page_knows_whose_words_are_whose(said: str, answer: str) -> None:
    page = made_of(page_draft("personal", Turn(said, answer)), Author("cli_1", "grt_1", "add_memory"), NOON)
    assert own_words(page) == said


@pytest.fixture
def conversations(stores: MemoryStores) -> Conversations:
    """One person's."""
    user_id = new_id("usr")
    own = stores.own_of(user_id)
    return Conversations(stores.places_of(user_id), own, own, Visits(), Background(stores, None))


def test_a_dissolved_segment_leaves_its_pages(conversations: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MOST_SEGMENTS", 2)
    for number, topic in enumerate(("oven kitchen", "violin concert", "passport airport")):
        turn = Turn(f"{topic} {topic}", "", f"c{number}", NOON + timedelta(days=number))
        conversations.add("personal", turn, signed_by())
    found = conversations.retrieve("oven kitchen", Filters(EVERYTHING), 5).found[0]
    assert ("oven" in found.memory.text, found.topic) == (True, None)
    kept = conversations.vault.read(lambda connection: connection.execute("SELECT count(*) FROM segments").fetchone())
    assert kept == (2,)


def test_pages_that_came_another_way_are_gathered_with_the_next(conversations: Conversations) -> None:
    for minute in range(3):
        turn = Turn(f"The oven of the kitchen, {minute}.", "", "c", NOON + timedelta(minutes=minute))
        conversations.own.put(page_draft("personal", turn), signed_by())
    conversations.add("personal", Turn("The kitchen oven.", "", "c", NOON + timedelta(minutes=3)), signed_by())
    (topic,) = conversations.retrieve("kitchen oven", Filters(EVERYTHING), 5).topics
    assert topic.pages == 4


def test_visits_are_written_with_the_next_write(conversations: Conversations) -> None:
    def visits() -> Counter[int]:
        rows = conversations.vault.read(
            lambda connection: connection.execute("SELECT number, visits FROM segments").fetchall()
        )
        return Counter(dict(rows))

    conversations.add("personal", Turn("The oven of the kitchen.", "", "c", NOON), signed_by())
    for _ in range(3):
        conversations.retrieve("kitchen oven", Filters(EVERYTHING), 5)
    assert visits().total() == 0
    conversations.add("personal", Turn("A violin concert.", "", "d", NOON), signed_by())
    assert visits().total() == 3
