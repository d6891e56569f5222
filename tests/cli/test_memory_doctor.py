"""`ostiary memory doctor`: what is wrong with a vault is found, and the remedy is named."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.auth_harness import AuthHarness
from tests.cli.invoking import run
from tests.cli.memory_vaults import PERSON, SIGNED, remember, stores_in


def examined() -> Result:
    return CliRunner().invoke(app, ["memory", "doctor"])


def done(*statements: str) -> Callable[..., None]:
    def work(connection: object) -> None:
        for statement in statements:
            connection.execute(statement)

    return work


@pytest.fixture
def data_dir(beside: AuthHarness) -> Path:
    """An installation with one vault."""
    remember(beside.settings.data_dir, "dark coffee", "a train to Lisbon", embedder="wordllama")
    return beside.settings.data_dir


def test_a_sound_vault_is_called_so(data_dir: Path) -> None:
    assert run("memory", "doctor").strip() == f"{PERSON}: sound"
    assert data_dir.exists()


@pytest.mark.usefixtures("beside")
def test_no_vault_is_no_fault() -> None:
    assert "no vaults" in run("memory", "doctor")


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM memory_index WHERE row = 1",
        "DELETE FROM memory_words_1 WHERE rowid = 1",
        "DELETE FROM memory_vectors WHERE row = 1",
        "UPDATE memories SET quarantined_at = 1 WHERE row = 1",
    ],
)
def test_an_index_that_differs_from_the_memories_is_found_and_its_remedy_named(data_dir: Path, damage: str) -> None:
    with stores_in(data_dir) as stores:
        stores.vault_of(PERSON).written(SIGNED, done(damage))
    result = examined()
    assert result.exit_code == 1
    assert f"ostiary memory reindex --user {PERSON}" in result.output


def test_a_changed_page_is_found(data_dir: Path) -> None:
    path = data_dir / "vaults" / f"{PERSON}.db"
    damaged = bytearray(path.read_bytes())
    damaged[-2000] ^= 1
    path.write_bytes(damaged)
    result = examined()
    assert result.exit_code == 1
    assert "backup" in result.output


def test_a_lost_key_is_told_from_a_damaged_file(data_dir: Path) -> None:
    path = data_dir / "vaults" / f"{PERSON}.db"
    path.write_bytes(b"\1" * 8192)
    assert "does not open with its key" in examined().output
