"""`ostiary memory import`: tried out, done, repeated, broken off and taken out again."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from resource_server.memory.importers.imported import Found, Imported
from resource_server.memory.importers.material import opened
from resource_server.memory.importers.registry import format_of
from resource_server.memory.importing import MemoryImports, Plan
from resource_server.memory.records import Changes, Draft
from shared.authorization_details import NamespaceSet
from tests.cli.memory_vaults import SIGNED, stores_in
from tests.moving.conftest import Person
from tests.moving.samples import kagura_export
from tests.moving.talk_samples import chatgpt

EVERYTHING = NamespaceSet(everything=True)


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


def test_undo_leaves_what_was_changed_since(person: Person, tmp_path: Path) -> None:
    batch = person.imports(chatgpt(tmp_path))["import"]
    newest, oldest = person.memories()
    with stores_in(person.data_dir) as stores:
        stores.of(person.id).update(oldest["id"], Changes(importance=1.0), EVERYTHING, SIGNED)
    assert json.loads(person.run("import", "undo", batch, "--json")) == {"trashed": 1, "changed": 1, "gone": 0}
    assert [memory["id"] for memory in person.memories()] == [oldest["id"]]
    assert newest["id"] != oldest["id"]


def test_what_the_person_deleted_does_not_come_back(person: Person, tmp_path: Path) -> None:
    path = chatgpt(tmp_path)
    person.imports(path)
    with stores_in(person.data_dir) as stores:
        stores.of(person.id).delete(person.memories()[0]["id"], EVERYTHING, SIGNED)
    again = person.imports(path)
    assert again["repeated"] == {"already there": 1, "deleted since it was imported": 1}
    assert len(person.memories()) == 1


def test_an_import_that_was_broken_off_goes_on_as_one(person: Person, tmp_path: Path) -> None:
    path = chatgpt(tmp_path, conversations=400)

    def breaking_off(found: Iterator[Found]) -> Iterator[Found]:
        yield from islice(found, 700)
        raise KeyboardInterrupt

    with stores_in(person.data_dir) as stores, opened(path) as material:
        plan = Plan("chatgpt", "chatgpt", path.name)
        with pytest.raises(KeyboardInterrupt):
            MemoryImports(stores.vault_of(person.id)).bring(plan, breaking_off(format_of(material).read(material)))
    [broken] = json.loads(person.run("imports", "--json"))
    assert (broken["memories"], broken["finished_at"]) == (600, None)
    report = person.imports(path)
    assert (report["import"], report["memories"], report["repeated"]) == (broken["id"], 200, {"already there": 600})
    [whole] = json.loads(person.run("imports", "--json"))
    assert (whole["memories"], whole["finished_at"] is not None) == (800, True)


def test_what_an_app_stores_meanwhile_is_not_imported_again(person: Person, tmp_path: Path) -> None:
    path = chatgpt(tmp_path)
    with stores_in(person.data_dir) as stores, opened(path) as material:

        def slowly(found: Iterator[Found]) -> Iterator[Found]:
            for one in found:
                assert isinstance(one, Imported)
                draft = Draft("chatgpt", one.text, happened_at=one.happened_at, conversation="elsewhere")
                yield one
                stores.of(person.id).put(draft, SIGNED)

        plan = Plan("chatgpt", "chatgpt", path.name)
        report = MemoryImports(stores.vault_of(person.id)).bring(plan, slowly(format_of(material).read(material)))
    assert (report.memories, dict(report.repeated)) == (0, {"already there": 2})


def test_a_key_that_is_taken_stays_with_its_holder(person: Person, tmp_path: Path) -> None:
    with stores_in(person.data_dir) as stores:
        stores.of(person.id).put(Draft("kagura", "red", "favourite_colour"), SIGNED)
    person.imports(kagura_export(tmp_path))
    by_text = {memory["text"]: memory for memory in person.memories()}
    assert by_text["red"]["key"] == "favourite_colour"
    assert (by_text["blue"]["key"], by_text["blue"]["metadata"]["key"]) == (None, "favourite_colour")


def test_an_import_is_a_stretch_of_history_like_any_write(person: Person, tmp_path: Path) -> None:
    report = person.imports(chatgpt(tmp_path))
    with stores_in(person.data_dir) as stores:
        events = stores.vault_of(person.id).read(
            lambda connection: connection.execute("SELECT kind, client_name, session_id FROM events").fetchall()
        )
    assert events == [("stored", "import: chatgpt", report["import"])] * 2


def test_another_namespace_and_a_wrong_one(person: Person, tmp_path: Path) -> None:
    assert person.imports(chatgpt(tmp_path), "--namespace", "old-talks")["by_namespace"] == {"old-talks": 2}
    assert "no namespace" in person.refuse("import", str(chatgpt(tmp_path)), "--namespace", "../x")
    assert "no time zone" in person.refuse("import", str(chatgpt(tmp_path)), "--timezone", "Mars/Olympus")
    assert "no source" in person.refuse("import", str(chatgpt(tmp_path)), "--source", "myspace")


def test_an_import_ends_where_there_is_no_room_and_says_so(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSTIARY_RESOURCE_MAX_MEMORIES", "300")
    line = person.refuse("import", str(chatgpt(tmp_path, conversations=400)))
    assert "OSTIARY_RESOURCE_MAX_MEMORIES" in line
    assert len(person.memories()) == 300
