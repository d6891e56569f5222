"""`ostiary memory export`: everything, in files that import again without a difference."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from resource_server.memory.bulk_writes import SETTING, BulkWrites
from resource_server.memory.exporting.memory_line import MemoryLine
from resource_server.memory.exporting.restoring import NOT_ASKED_FOR
from resource_server.memory.exporting.tables import EXPORTED, LEDGER, NOT_EXPORTED
from resource_server.memory.graph.graph import Graph
from resource_server.memory.graph.records import Draft as Link
from resource_server.memory.quarantine import Quarantine
from resource_server.memory.records import Author, Changes, Draft, Signed
from resource_server.memory.rows import FIELDS
from shared.authorization_details import NamespaceSet
from tests.cli.memory_vaults import stores_in
from tests.moving.conftest import Person
from tests.moving.talk_samples import chatgpt

EVERYTHING = NamespaceSet(everything=True)
HOSTILE = "---\nid: not an id\n---\r\nTabs\t, a \u2028 separator, \x85 and \U0001f600; ```\n\n  # no heading ---\n"


def signed(app: str = "Claude") -> Signed:
    return Signed(Author("cli_1", "grt_1", "memory_store", app, "ses_1"), lambda: None)


def remember(person: Person) -> None:
    """A life: keys, labels, changes, deletions, links, two namespaces, text that imitates front matter."""
    with stores_in(person.data_dir) as stores:
        store = stores.of(person.id)
        first, _ = store.put(Draft("personal", "Lives in Lisbon", "home", ("place", "yes", "2024-01-01")), signed())
        store.update(first.id, Changes(text="Lives in Ghent", importance=0.9), EVERYTHING, signed("Cursor"))
        metadata: dict[str, Any] = {"null": None, "date": "2024-01-01", "deep": [{"x": 1.5e-7}, "no"], "über": True}
        at = datetime(2024, 2, 29, 12, 0, 0, 123456, tzinfo=UTC)
        second, _ = store.put(
            Draft("work", HOSTILE, None, (), 1 / 3, metadata, happened_at=at, kind="turn", conversation="c: #1"),
            signed(),
        )
        third, _ = store.put(Draft("personal", "Had a cat", "pet"), signed())
        store.delete(third.id, EVERYTHING, signed())
        store.put(Draft("personal", "Has a dog", "pet"), signed())
        link = replace(Link("personal", "about"), source=first.id, target=second.id, properties={"sure": True})
        assert Graph(stores.vault_of(person.id)).link(link, (first.id, second.id), EVERYTHING, signed()) is not None


def content(path: Path) -> list[str]:
    """All lines but the first, which says when."""
    return path.read_bytes().decode().split("\n")[1:-1]


def test_an_export_imports_into_another_vault_without_a_difference(
    person: Person, other: Person, tmp_path: Path
) -> None:
    remember(person)
    person.run("export", str(tmp_path / "first.jsonl"))
    report = other.imports(tmp_path / "first.jsonl")
    assert (report["source"], report["memories"], report["left_out"]) == ("ostiary", 4, 0)
    other.run("export", str(tmp_path / "second.jsonl"))
    assert content(tmp_path / "second.jsonl") == content(tmp_path / "first.jsonl")
    kinds = {json.loads(line)["line"] for line in content(tmp_path / "first.jsonl")}
    assert {"memory", "event", "link", "entity", "mention", "end"} <= kinds


def test_the_secret_that_signs_confirmations_neither_leaves_nor_enters(
    person: Person, other: Person, tmp_path: Path
) -> None:
    remember(person)
    with stores_in(person.data_dir) as stores:
        secret = BulkWrites(stores.vault_of(person.id)).confirmation_key(signed())
    path = tmp_path / "export.jsonl"
    person.run("export", str(path))
    assert secret not in path.read_text()
    planted = json.dumps({"line": "setting", "name": SETTING, "value": "0" * 64})
    path.write_text("\n".join([*path.read_text().split("\n")[:-2], planted, '{"line": "end"}', ""]))
    assert other.imports(path)["left_out"] == 1
    with stores_in(other.data_dir) as stores:
        assert BulkWrites(stores.vault_of(other.id)).confirmation_key(signed()) != "0" * 64


def test_settings_of_whoever_made_an_export_stay_behind_unless_they_are_asked_for(
    person: Person, other: Person, tmp_path: Path
) -> None:
    """A stranger's file must not accept a stranger's apps, nor let everybody's writes through."""
    remember(person)
    with stores_in(person.data_dir) as stores:
        quarantine = Quarantine(stores.vault_of(person.id))
        quarantine.switch(on=True)
        quarantine.accept_app("cli_stranger")
    path = tmp_path / "export.jsonl"
    person.run("export", str(path))
    rehearsed = other.imports(path, "--dry-run")
    report = other.imports(path)
    for told in (rehearsed, report):
        assert (told["memories"], told["left_out"]) == (4, 3)
        assert {one["why"] for one in told["left_out_named"]} == {NOT_ASKED_FOR}
    with stores_in(other.data_dir) as stores:
        quarantine = Quarantine(stores.vault_of(other.id))
        assert (quarantine.is_on(), quarantine.accepted()) == (False, ())
    assert other.imports(path, "--with-settings")["left_out"] == 0
    with stores_in(other.data_dir) as stores:
        quarantine = Quarantine(stores.vault_of(other.id))
        assert (quarantine.is_on(), quarantine.accepted()) == (True, ("cli_1", "cli_stranger"))


def test_the_ledger_comes_along_where_it_is_asked_for(person: Person, other: Person, tmp_path: Path) -> None:
    remember(person)
    person.run("export", str(tmp_path / "first.jsonl"), "--with-ledger")
    other.imports(tmp_path / "first.jsonl")
    other.run("export", str(tmp_path / "second.jsonl"), "--with-ledger")
    ledger = {line for line in content(tmp_path / "first.jsonl") if json.loads(line)["line"] == "ledger"}
    assert ledger
    assert ledger <= set(content(tmp_path / "second.jsonl"))


def test_a_markdown_export_imports_without_a_difference(person: Person, other: Person, tmp_path: Path) -> None:
    remember(person)
    person.run("export", str(tmp_path / "first"), "--markdown")
    assert other.imports(tmp_path / "first")["memories"] == 4
    other.run("export", str(tmp_path / "second"), "--markdown")
    files = {path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*.*")}
    assert files == {path.relative_to(tmp_path / "second") for path in (tmp_path / "second").rglob("*.*")}
    assert len(files) == 5
    for file in files - {Path("ostiary.jsonl")}:
        assert (tmp_path / "second" / file).read_bytes() == (tmp_path / "first" / file).read_bytes()
    assert content(tmp_path / "second" / "ostiary.jsonl") == content(tmp_path / "first" / "ostiary.jsonl")


def test_both_layouts_say_the_same(person: Person, other: Person, tmp_path: Path) -> None:
    remember(person)
    person.run("export", str(tmp_path / "first"), "--markdown")
    other.imports(tmp_path / "first")
    other.run("export", str(tmp_path / "second.jsonl"))
    person.run("export", str(tmp_path / "first.jsonl"))
    assert content(tmp_path / "second.jsonl") == content(tmp_path / "first.jsonl")


def test_importing_an_export_where_it_came_from_changes_nothing(person: Person, tmp_path: Path) -> None:
    remember(person)
    person.run("export", str(tmp_path / "before.jsonl"))
    report = person.imports(tmp_path / "before.jsonl")
    assert (report["memories"], report["repeated"], report["import"]) == (0, {"already there": 4}, None)
    person.run("export", str(tmp_path / "after.jsonl"))
    assert content(tmp_path / "after.jsonl") == content(tmp_path / "before.jsonl")


def test_the_history_comes_along(person: Person, other: Person, tmp_path: Path) -> None:
    remember(person)
    person.run("export", str(tmp_path / "export.jsonl"))
    other.imports(tmp_path / "export.jsonl")
    with stores_in(other.data_dir) as stores:
        rows = stores.vault_of(other.id).read(
            lambda connection: connection.execute("SELECT kind, client_name FROM events ORDER BY sequence").fetchall()
        )
    assert rows[:2] == [("stored", "Claude"), ("updated", "Cursor")]
    assert len(rows) == 6


def test_search_finds_what_an_export_brought_and_undo_takes_it_out(
    person: Person, other: Person, tmp_path: Path
) -> None:
    remember(person)
    person.run("export", str(tmp_path / "export.jsonl"))
    batch = other.imports(tmp_path / "export.jsonl")["import"]
    assert json.loads(other.run("search", "Ghent", "--json"))["results"][0]["key"] == "home"
    assert json.loads(other.run("import", "undo", batch, "--json")) == {"trashed": 3, "changed": 0, "gone": 1}
    assert other.memories() == []
    assert other.imports(tmp_path / "export.jsonl")["repeated"]["brought back out of the trash"] == 3
    assert len(other.memories()) == 3


def test_a_dry_run_of_an_export_writes_nothing(person: Person, other: Person, tmp_path: Path) -> None:
    remember(person)
    person.run("export", str(tmp_path / "export.jsonl"))
    assert other.imports(tmp_path / "export.jsonl", "--dry-run")["memories"] == 4
    assert not other.vault.exists()


def test_a_namespace_alone_is_exported_with_nothing_of_the_others(person: Person, tmp_path: Path) -> None:
    remember(person)
    person.run("export", str(tmp_path / "export.jsonl"), "--namespace", "work")
    text = (tmp_path / "export.jsonl").read_text()
    assert {json.loads(line).get("namespace", "work") for line in text.split("\n")[:-1]} == {"work"}
    assert "Ghent" not in text


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"importance": 0.9', '"importance": 7', "importance"),
        ('"namespace": "personal"', '"namespace": "../etc"', "namespace"),
        ('"source": "written"', '"source": "oracle"', "source"),
        ('"happened_at": "2', '"happened_at": "x', "happened_at"),
    ],
)
def test_a_line_that_was_tampered_with_is_left_out(
    person: Person, other: Person, tmp_path: Path, old: str, new: str, why: str
) -> None:
    remember(person)
    path = tmp_path / "export.jsonl"
    person.run("export", str(path))
    path.write_text(path.read_text().replace(old, new, 1))
    report = other.imports(path)
    assert report["memories"] == 3
    assert why in report["left_out_named"][0]["why"]


def test_an_export_that_was_cut_off_says_so(person: Person, other: Person, tmp_path: Path) -> None:
    remember(person)
    path = tmp_path / "export.jsonl"
    person.run("export", str(path))
    path.write_text(path.read_text().rpartition('{"line": "end"')[0])
    report = other.imports(path)
    assert report["memories"] == 4
    assert "cut off" in report["left_out_named"][0]["why"]


def test_a_newer_version_is_refused(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text('{"line": "export", "format": "ostiary-memory", "version": 2}\n')
    assert "version 2" in person.refuse("import", str(path))


def test_nothing_is_overwritten(person: Person, tmp_path: Path) -> None:
    remember(person)
    (tmp_path / "export.jsonl").write_text("mine")
    assert "there already" in person.refuse("export", str(tmp_path / "export.jsonl"))
    assert (tmp_path / "export.jsonl").read_text() == "mine"


def test_an_export_is_for_its_owner_alone(person: Person, tmp_path: Path) -> None:
    remember(person)
    person.run("export", str(tmp_path / "export.jsonl"))
    assert (tmp_path / "export.jsonl").stat().st_mode & 0o077 == 0


def test_what_was_imported_keeps_its_relations_and_dates_in_an_export(
    person: Person, other: Person, tmp_path: Path
) -> None:
    person.imports(chatgpt(tmp_path, conversations=3))
    person.run("export", str(tmp_path / "export.jsonl"))
    other.imports(tmp_path / "export.jsonl")
    assert other.memories() == person.memories()


def test_every_table_of_a_vault_is_exported_or_left_out_for_a_reason(person: Person) -> None:
    remember(person)
    with stores_in(person.data_dir) as stores:
        names = stores.vault_of(person.id).read(
            lambda connection: connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        )
    known = {table.name for table in (*EXPORTED, LEDGER)}
    unknown = {name for (name,) in names if name not in known and not name.startswith((*NOT_EXPORTED, "sqlite_"))}
    assert unknown == set()


def test_a_line_says_every_field_of_a_memory() -> None:
    assert set(MemoryLine.model_fields) == set(FIELDS)
