"""Embedders behind one protocol: an endpoint that may fail, an extra that may be missing, and the settings of both."""

import json
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from resource_server.memory.embedders.openai_compatible import BATCH
from resource_server.memory.embedders.opening import open_embedder
from resource_server.memory.records import Draft, Filters
from resource_server.memory.vault_stores import VaultStores
from resource_server.settings import Settings
from shared.ids import new_id
from tests.embeddings_host import EmbeddingsHost, embeddings_host
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by
from tests.stores.meanings import DIMENSIONS


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached directly."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def host() -> Iterator[EmbeddingsHost]:
    """The endpoint."""
    with embeddings_host() as host:
        yield host


@pytest.fixture
def stores(open_vaults: OpenStores, host: EmbeddingsHost) -> VaultStores:
    """Vaults embedded by it."""
    return open_vaults(open_embedder(Settings(**host.settings(embedding_key="a key"))))


def test_an_endpoint_embeds_what_is_stored_and_asked(stores: VaultStores, host: EmbeddingsHost) -> None:
    store = stores.of(new_id("usr"))
    store.put(Draft("personal", "dentist on Friday"), signed_by())
    [hit] = store.search("tooth", Filters(EVERYTHING), 5)
    assert hit.meaning > 0
    assert host.keys == ["Bearer a key"] * 2
    assert host.asked[0]["model"] == "meanings"


def test_many_texts_are_sent_in_batches_and_keep_their_order(stores: VaultStores, host: EmbeddingsHost) -> None:
    texts = [f"number {number}" for number in range(BATCH + 3)]
    vectors = stores.embedder.embed(texts)
    assert [len(one["input"]) for one in host.asked] == [BATCH, 3]
    assert vectors is not None
    alone = stores.embedder.embed(texts[-1:])
    assert alone is not None
    assert float(vectors[-1] @ alone[0]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, None),
        (401, None),
        (302, None),
        (200, b"not json"),
        (200, b"{}"),
        (200, b'{"data": []}'),
        (200, json.dumps({"data": [{"index": 0, "embedding": [0.5]}]}).encode()),
        (200, json.dumps({"data": [{"index": 0, "embedding": ["x"] * DIMENSIONS}]}).encode()),
        (200, b'{"data": [{"index": 0, "embedding": [' + b"NaN," * (DIMENSIONS - 1) + b"NaN]}]}"),
        pytest.param(200, b" " * 4_000_000, id="200-too long"),
    ],
)
def test_whatever_an_endpoint_answers_storing_succeeds_and_search_goes_by_words(
    stores: VaultStores, host: EmbeddingsHost, status: int, answer: bytes | None
) -> None:
    host.status, host.answer = status, answer
    store = stores.of(new_id("usr"))
    store.put(Draft("personal", "dentist on Friday"), signed_by())
    [hit] = store.search("dentist", Filters(EVERYTHING), 5)
    assert (hit.words, hit.meaning) == (1, 0)
    assert store.unembedded(EVERYTHING) == 1


def test_after_a_failure_nobody_waits_for_the_endpoint_for_a_while(stores: VaultStores, host: EmbeddingsHost) -> None:
    host.status = 503
    assert [stores.embedder.embed(["one"]), stores.embedder.embed(["two"])] == [None, None]
    assert len(host.asked) == 1


def test_an_answer_that_drips_in_is_not_waited_for(host: EmbeddingsHost) -> None:
    """No part of it is late, the whole is."""
    host.drips = True
    assert open_embedder(Settings(**host.settings(embedding_timeout=0.2))).embed(["one"]) is None


def test_an_endpoint_that_is_not_there_is_no_error(open_vaults: OpenStores, host: EmbeddingsHost) -> None:
    gone = open_embedder(Settings(**host.settings(embedding_url="http://127.0.0.1:9/v1/embeddings")))
    store = open_vaults(gone).of(new_id("usr"))
    store.put(Draft("personal", "dentist on Friday"), signed_by())
    assert store.search("dentist", Filters(EVERYTHING), 5)


def test_texts_of_memories_are_not_logged_when_an_endpoint_fails(
    stores: VaultStores, host: EmbeddingsHost, capsys: pytest.CaptureFixture[str]
) -> None:
    host.answer = b'{"error": "cannot embed: my secret"}'
    stores.of(new_id("usr")).put(Draft("personal", "my secret"), signed_by())
    said = "".join(capsys.readouterr())
    assert "endpoint failed" in said
    assert "secret" not in said


def test_a_missing_extra_is_said_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    embedder = open_embedder(Settings(embedder="fastembed"))
    assert embedder.embed(["a text"]) is None
    assert embedder.name == "none"
    assert "ostiary[fastembed]" in "".join(capsys.readouterr())


def test_an_endpoint_without_its_model_stops_the_start(host: EmbeddingsHost) -> None:
    with pytest.raises(ValidationError, match="OSTIARY_RESOURCE_EMBEDDING_MODEL"):
        Settings(**host.settings(embedding_model=""))
    with pytest.raises(ValidationError, match="http://"):
        Settings(**host.settings(embedding_url="ftp://models/v1"))


def test_the_key_is_in_no_representation(host: EmbeddingsHost) -> None:
    assert "hush" not in repr(Settings(**host.settings(embedding_key="hush")))
