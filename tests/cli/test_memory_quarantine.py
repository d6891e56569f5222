"""`ostiary memory quarantine`: the person decides what new apps' words are worth, by command alone."""

import json
from pathlib import Path

import pytest

from auth_server.settings import Settings
from resource_server.memory.records import Author, Draft, Signed
from tests.cli.invoking import refuse, run
from tests.cli.memory_vaults import PERSON, remember, stores_in
from tests.prepared_database import prepare_database
from tests.stores.writer import memories_in

NEW = Signed(Author("cli_new", "grt_1", "memory_store", "New\x1bcomer"), lambda: None)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody's vault, with one app that wrote before; quarantine is on."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "data"
    prepare_database(Settings(data_dir=folder))
    remember(folder, "Prefers tea")
    assert "cli_notes" in quarantine(folder, "on")
    return folder


def quarantine(data: Path, *words: str) -> str:
    """What a command of the group says."""
    command, *rest = words
    return run("memory", "quarantine", command, *rest, "--user", PERSON, "--data-dir", str(data))


def write(data: Path, *texts: str) -> None:
    """An app that is new."""
    with stores_in(data) as stores:
        for text in texts:
            stores.of(PERSON).put(Draft("personal", text), NEW)


def texts(data: Path) -> set[str]:
    """What can be found."""
    with stores_in(data) as stores:
        return {memory.text for memory in memories_in(stores.of(PERSON))}


def test_what_a_new_app_wrote_is_listed_and_found_once_it_is_accepted(data: Path) -> None:
    assert "Nothing waits; quarantine is on." in quarantine(data, "list")
    write(data, "one", "two")
    assert texts(data) == {"Prefers tea"}
    shown = quarantine(data, "list")
    assert "\x1b" not in shown
    assert "cli_new" in shown
    waiting = json.loads(quarantine(data, "list", "--json"))
    assert [(one["text"], one["client_id"]) for one in waiting] == [("one", "cli_new"), ("two", "cli_new")]
    assert "1 memory can be found" in quarantine(data, "accept", waiting[0]["id"])
    assert texts(data) == {"Prefers tea", "one"}
    assert "1 memory" in quarantine(data, "accept", "cli_new")
    write(data, "three")
    assert texts(data) == {"Prefers tea", "one", "two", "three"}


def test_what_is_rejected_is_not_found_and_does_not_wait(data: Path) -> None:
    write(data, "one", "two")
    assert "2 memories in the trash" in quarantine(data, "reject", "cli_new")
    assert texts(data) == {"Prefers tea"}
    assert "Nothing waits" in quarantine(data, "list")


def test_strict_accepts_nobody_and_off_lets_everybody_write(data: Path) -> None:
    assert "cli_other" not in quarantine(data, "on", "--strict")
    write(data, "one")
    assert "1 still waiting" in quarantine(data, "off")
    write(data, "two")
    assert texts(data) == {"Prefers tea", "two"}


@pytest.mark.parametrize("command", ["accept", "reject"])
def test_a_name_that_nothing_has_is_said_to_be_none(data: Path, command: str) -> None:
    told = refuse("memory", "quarantine", command, "mem_nothing", "--user", PERSON, "--data-dir", str(data))
    assert "quarantine list" in told
