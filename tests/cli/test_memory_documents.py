"""`ostiary memory add`: documents from files."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from auth_server.settings import Settings
from cli.main import app
from tests.cli.invoking import refuse, run
from tests.cli.memory_vaults import PERSON, remember
from tests.prepared_database import prepare_database


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody's vault."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("OSTIARY_RESOURCE_EMBEDDER", "none")
    folder = tmp_path / "data"
    prepare_database(Settings(data_dir=folder))
    remember(folder, "Prefers tea")
    return folder


def command(data: Path, *words: object) -> tuple[str, ...]:
    return ("memory", *map(str, words), "--user", PERSON, "--data-dir", str(data))


def test_a_file_is_kept_found_and_replaced_by_what_it_says_later(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "bees.md"
    file.write_text("# Bees\n\nA colony eats fifteen kilograms of honey.")
    assert ": kept, 1 parts" in run(*command(data, "add", file, "--namespace", "garden"))
    assert "is there already" in run(*command(data, "add", file, "--namespace", "garden"))
    assert "fifteen" in run(*command(data, "search", "kilograms of honey"))
    file.write_text("# Bees\n\nA colony eats twenty kilograms of honey.")
    run(*command(data, "add", file, "--namespace", "garden"))
    found = run(*command(data, "search", "kilograms of honey"))
    assert "twenty" in found
    assert "fifteen" not in found


def test_what_cannot_be_read_is_named_and_the_others_are_kept(data: Path, tmp_path: Path) -> None:
    good, strange = tmp_path / "good.txt", tmp_path / "sheet.xlsx"
    good.write_text("The key is under the mat.")
    strange.write_bytes(b"PK")
    done = CliRunner().invoke(app, command(data, "add", strange, tmp_path / "missing.md", good))
    assert done.exit_code == 1
    assert "sheet.xlsx: not kept" in done.stderr
    assert "missing.md: not kept" in done.stderr
    assert "under the mat" in run(*command(data, "search", "where is the key"))


def test_a_namespace_is_a_slug(data: Path, tmp_path: Path) -> None:
    refuse(*command(data, "add", tmp_path, "--namespace", "Not A Slug"))
