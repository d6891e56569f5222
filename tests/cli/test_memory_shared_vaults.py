"""Commands on the vaults of shared namespaces: looked after, backed up and told like those of people."""

import json
from pathlib import Path

import pytest

from resource_server.memory.records import Draft
from tests.auth_harness import AuthHarness
from tests.cli.invoking import refuse, run
from tests.cli.memory_vaults import SIGNED, stores_in
from tests.cli.test_memory_doctor import done, examined

ADA = "ada@example.org"


@pytest.fixture
def data_dir(beside: AuthHarness) -> Path:
    """An installation where Ada shares `our-home`, under the name `home`, and nothing is stored yet."""
    run("memory", "share", "create", "our-home", "--owner", ADA, "--label", "Ada")
    return beside.settings.data_dir


@pytest.fixture
def ids() -> tuple[str, str]:
    """The ids of the shared namespace and of Ada."""
    [share] = json.loads(run("memory", "share", "list", "--json"))
    return share["id"], share["members"][0]["user_id"]


def remember(data_dir: Path, user_id: str, text: str, namespace: str = "our-home") -> None:
    with stores_in(data_dir) as stores:
        stores.of(user_id).put(Draft(namespace, text), SIGNED)


def remembered() -> str:
    return run("memory", "list", "--user", ADA)


def test_they_are_examined_and_mended(data_dir: Path, ids: tuple[str, str]) -> None:
    share_id, user_id = ids
    assert "nothing was stored" in refuse("memory", "doctor", "--share", "our-home")
    remember(data_dir, user_id, "dark coffee")
    assert run("memory", "doctor").strip() == f"{share_id}: sound"
    with stores_in(data_dir) as stores:
        stores.any_vault(share_id).noted(done("DELETE FROM memory_index WHERE row = 1"))
    result = examined()
    assert result.exit_code == 1
    assert f"ostiary memory reindex --share {share_id}" in result.output
    assert "mended" in run("memory", "reindex", "--share", "our-home")
    assert run("memory", "doctor", "--share", share_id).strip() == f"{share_id}: sound"


def test_a_backup_of_one_is_put_back(data_dir: Path, ids: tuple[str, str], tmp_path: Path) -> None:
    share_id, user_id = ids
    file = tmp_path / "home.db"
    remember(data_dir, user_id, "dark coffee")
    remember(data_dir, user_id, "my own", "personal")
    assert share_id in run("memory", "backup", str(file), "--share", "our-home")
    assert b"coffee" not in file.read_bytes()
    remember(data_dir, user_id, "green tea")
    assert "not both" in refuse("memory", "restore", str(file), "--share", "our-home", "--user", ADA)
    assert "no backup of this vault" in refuse("memory", "restore", str(file), "--user", ADA)
    assert "green tea" in remembered()
    run("memory", "restore", str(file), "--share", "our-home")
    assert "green tea" not in remembered()
    assert "dark coffee" in remembered()


def test_the_ledger_of_one_names_whose_app_it_was(data_dir: Path, ids: tuple[str, str]) -> None:
    remember(data_dir, ids[1], "dark coffee")
    assert "Notes of Ada · memory_store · in our-home" in run("memory", "ledger", "--share", "our-home")
    [entry] = json.loads(run("memory", "ledger", "--share", "our-home", "--json"))
    assert (entry["person"], entry["app"], entry["question"]) == ("Ada", "Notes", "")
    assert "--share" in refuse("memory", "ledger")


def test_documents_go_there_and_exports_and_imports_of_a_person_do_not(
    data_dir: Path, ids: tuple[str, str], tmp_path: Path
) -> None:
    remember(data_dir, ids[1], "my own", "personal")
    (tmp_path / "plan.md").write_text("# The plan\n\nPaint the kitchen.")
    run("memory", "add", str(tmp_path / "plan.md"), "--user", ADA, "--namespace", "our-home")
    assert "Paint the kitchen" in remembered()
    file = tmp_path / "out.jsonl"
    run("memory", "export", str(file), "--user", ADA)
    first = json.loads(file.read_text().splitlines()[0])
    assert first["left_out"] == ["our-home"]
    assert "kitchen" not in file.read_text()
    elsewhere = ("memory", "export", str(tmp_path / "home.jsonl"), "--user", ADA, "--namespace", "our-home")
    assert "shared with others" in refuse(*elsewhere)
    (tmp_path / "notes.md").write_text("Buy paint.")
    into = ("memory", "import", str(tmp_path / "notes.md"), "--user", ADA, "--source", "notes")
    assert "one person's" in refuse(*into, "--namespace", "our-home", "--dry-run")
    foreign = file.read_text().replace('"namespace": "personal"', '"namespace": "our-home"').replace("mem_01", "mem_02")
    (tmp_path / "foreign.jsonl").write_text(foreign)
    assert "shared with other people" in refuse("memory", "import", str(tmp_path / "foreign.jsonl"), "--user", ADA)
