"""`ostiary memory reindex`: what the doctor found is mended, and another embedder's vectors are made."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from resource_server.memory.records import Filters
from shared.authorization_details import ALL, NamespaceSet
from tests.auth_harness import AuthHarness
from tests.cli.invoking import refuse, run
from tests.cli.memory_vaults import PERSON, SIGNED, remember, stores_in
from tests.cli.test_memory_doctor import done
from tests.embeddings_host import embeddings_host

EVERYTHING = NamespaceSet.of(ALL)


@pytest.fixture
def data_dir(beside: AuthHarness) -> Path:
    """An installation with one vault, stored without vectors."""
    remember(beside.settings.data_dir, "dark coffee", "a train to Lisbon")
    return beside.settings.data_dir


def found(data_dir: Path, query: str, **settings: object) -> list[str]:
    """What a search by words and meaning says."""
    with stores_in(data_dir, **settings) as stores:
        return [hit.memory.text for hit in stores.of(PERSON).search(query, Filters(EVERYTHING), 1)]


@pytest.mark.parametrize(
    "damage",
    [
        ("DELETE FROM memory_index WHERE row = 1",),
        ("DELETE FROM memory_words_1 WHERE rowid = 1",),
        ("DELETE FROM memory_vectors WHERE row = 1",),
        ("UPDATE memories SET quarantined_at = 1 WHERE row = 1",),
        ("DELETE FROM memory_index", "DELETE FROM memory_words_1 WHERE rowid = 2"),
    ],
)
def test_what_the_doctor_finds_is_mended(data_dir: Path, damage: tuple[str, ...]) -> None:
    run("memory", "reindex")
    with stores_in(data_dir) as stores:
        stores.vault_of(PERSON).written(SIGNED, done(*damage))
    assert CliRunner().invoke(app, ["memory", "doctor"]).exit_code == 1
    assert "mended" in run("memory", "reindex", "--user", PERSON)
    assert "sound" in run("memory", "doctor")
    assert found(data_dir, "Lisbon") == ["a train to Lisbon"]


def test_memories_stored_without_an_embedder_are_embedded(data_dir: Path) -> None:
    assert "embedded 2" in run("memory", "reindex")
    assert "embedded 0" in run("memory", "reindex")
    with stores_in(data_dir, embedder="wordllama") as stores:
        assert stores.of(PERSON).unembedded(EVERYTHING) == 0


@pytest.mark.usefixtures("data_dir")
def test_an_endpoint_that_is_silent_ends_the_command_and_it_goes_on_later(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with embeddings_host() as host:
        for name, value in host.settings().items():
            monkeypatch.setenv(f"OSTIARY_RESOURCE_{name.upper()}", str(value))
        host.status = 500
        result = CliRunner().invoke(app, ["memory", "reindex"])
        assert (result.exit_code, "goes on where it stopped" in result.stderr) == (2, True)
        host.status = 200
        assert "embedded 2" in run("memory", "reindex")


@pytest.mark.usefixtures("data_dir")
def test_somebody_without_a_vault_is_named() -> None:
    assert "has no vault" in refuse("memory", "reindex", "--user", "nobody@example.org")
