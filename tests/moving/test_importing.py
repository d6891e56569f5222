"""`ostiary memory import`: tried out, done, repeated, broken off and taken out again."""

import json
from pathlib import Path

import pytest

from tests.moving.conftest import Person
from tests.moving.samples import chatgpt


def test_an_import_brings_what_was_said_with_its_dates(person: Person, tmp_path: Path) -> None:
    report = person.imports(chatgpt(tmp_path))
    assert report["source"] == "chatgpt"
    assert report["memories"] == 2
    assert report["by_namespace"] == {"chatgpt": 2}
    newest, oldest = person.memories()
    assert oldest["text"] == "User: Where is Lisbon? (1)"
    assert newest["text"] == "Assistant: In Portugal. (1)"
    assert oldest["created_at"].startswith("2024-05-01T08:10:02")
    assert oldest["saved_by"]["app"] == "import: chatgpt"


def test_a_dry_run_writes_nothing_and_says_what_would_be_imported(person: Person, tmp_path: Path) -> None:
    report = person.imports(chatgpt(tmp_path), "--dry-run")
    assert report["memories"] == 2
    assert report["import"] is None
    assert [sample["text"] for sample in report["samples"]] == [
        "User: Where is Lisbon? (1)",
        "Assistant: In Portugal. (1)",
    ]
    assert not person.vault.exists()


def test_importing_the_same_file_twice_changes_nothing(person: Person, tmp_path: Path) -> None:
    path = chatgpt(tmp_path, conversations=400)
    assert person.imports(path)["memories"] == 800
    before = person.memories()
    again = person.imports(path)
    assert (again["memories"], again["import"], again["repeated"]) == (0, None, {"already there": 800})
    assert person.memories() == before
    assert len(json.loads(person.run("imports", "--json"))) == 1


def test_a_larger_export_later_brings_what_is_new(person: Person, tmp_path: Path) -> None:
    person.imports(chatgpt(tmp_path, conversations=1))
    report = person.imports(chatgpt(tmp_path, conversations=3))
    assert report["memories"] == 4
    assert report["repeated"] == {"already there": 2}


def test_undo_puts_an_import_into_the_trash_and_it_may_come_again(person: Person, tmp_path: Path) -> None:
    path = chatgpt(tmp_path)
    batch = person.imports(path)["import"]
    assert json.loads(person.run("import", "undo", batch, "--json")) == {"trashed": 2, "changed": 0, "gone": 0}
    assert person.memories() == []
    assert "no import" in person.refuse("import", "undo", batch)
    assert person.imports(path)["memories"] == 2
    assert len(person.memories()) == 2


def test_what_somebody_else_imported_cannot_be_undone(person: Person, other: Person, tmp_path: Path) -> None:
    batch = person.imports(chatgpt(tmp_path))["import"]
    assert "no import" in other.refuse("import", "undo", batch)
    assert len(person.memories()) == 2


@pytest.mark.parametrize("text", ["", "no JSON", '{"a": 1}', "[1, 2, 3]"])
def test_a_file_in_no_known_format_is_refused_in_one_line(person: Person, tmp_path: Path, text: str) -> None:
    path = tmp_path / "something.json"
    path.write_text(text)
    assert "in no format that can be imported" in person.refuse("import", str(path))


def test_a_file_that_is_not_there_is_named(person: Person, tmp_path: Path) -> None:
    assert "nothing.zip" in person.refuse("import", str(tmp_path / "nothing.zip"))


def test_somebody_without_an_account_gets_no_memories(person: Person, tmp_path: Path) -> None:
    stranger = Person("nobody@example.org", "", person.data_dir)
    assert "no account" in stranger.refuse("import", str(chatgpt(tmp_path)))


def test_search_finds_what_was_imported(person: Person, tmp_path: Path) -> None:
    person.imports(chatgpt(tmp_path))
    found = json.loads(person.run("search", "Portugal", "--json"))
    assert found["results"][0]["text"] == "> Assistant: In Portugal. (1)"
    assert " Assistant: In Portugal" in person.run("search", "Portugal")
    assert "Where is Lisbon" in person.run("list")
