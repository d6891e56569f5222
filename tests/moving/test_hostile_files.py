"""Files that are broken, huge or made to harm cost what is wrong in them, and nothing else."""

import json
import sqlite3
import stat
import tracemalloc
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from resource_server.memory.importers.material import LeftOut, opened
from resource_server.memory.importers.registry import format_of
from tests.moving import samples, talk_samples
from tests.moving.conftest import Person


def reasons(report: dict) -> list[str]:
    return [one["why"] for one in report["left_out_named"]]


def test_names_that_lead_out_of_an_archive_are_left_out(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "in" / "export.zip"
    path.parent.mkdir()
    with ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", json.dumps([talk_samples.chatgpt_conversation()]))
        for name in ("../conversations-1.json", "/conversations-2.json", "a/..\\..\\conversations-3.json", "."):
            archive.writestr(name, json.dumps([talk_samples.chatgpt_conversation(2)]))
        link = ZipInfo("conversations-4.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    report = person.imports(path)
    assert report["memories"] == 2
    assert sorted(reasons(report)) == ["it is a link", *["its name leads out of the archive"] * 4]
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


def test_an_archive_that_would_burst_is_not_unpacked(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps([talk_samples.chatgpt_conversation()]))
        archive.writestr("conversations-1.json", b"[" + b" " * 32 * 2**20)
    report = person.imports(path)
    assert (report["memories"], reasons(report)) == (2, ["it is packed too tightly to be text"])


def test_a_broken_archive_is_refused_in_one_line(person: Person, tmp_path: Path) -> None:
    path = talk_samples.chatgpt_zip(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 40])
    assert "format" in person.refuse("import", str(path)) or "broken" in person.refuse("import", str(path))


def test_what_comes_before_broken_json_is_imported(person: Person, tmp_path: Path) -> None:
    path = talk_samples.chatgpt(tmp_path, conversations=5)
    text = path.read_text()
    path.write_text(text[: text.index("conversation-4")])
    report = person.imports(path)
    assert report["memories"] == 6
    assert reasons(report) == ["the JSON is broken after 3 records; what follows is not read"]


def test_links_out_of_a_folder_are_not_followed(person: Person, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.md").write_text("---\ntitle: Key\npermalink: key\n---\nThe key is under the mat.\n")
    notes = samples.basic_memory(tmp_path)
    (notes / "linked.md").symlink_to(secret / "key.md")
    (notes / "folder").symlink_to(secret)
    person.imports(notes)
    assert not any("mat" in text for text in person.texts())


def test_front_matter_that_multiplies_itself_is_left_out(person: Person, tmp_path: Path) -> None:
    notes = samples.basic_memory(tmp_path)
    doubled = "".join(f"x{number}: &x{number} [*x{number - 1}, *x{number - 1}]\n" for number in range(1, 40))
    (notes / "bomb.md").write_text(f"---\ntitle: Bomb\nx0: &x0 [1]\n{doubled}---\nTick\n")
    report = person.imports(notes)
    assert {"where": "bomb.md", "why": "its front matter is broken"} in report["left_out_named"]
    assert "Tick" not in person.texts()


def test_a_view_that_poses_as_a_table_is_not_read(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "sqlite_vec.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE other (content_hash TEXT, content TEXT)")
        database.execute("CREATE VIEW memories AS SELECT content_hash, content, randomblob(1000000000) FROM other")
    assert "no format" in person.refuse("import", str(path))


def test_a_line_beyond_all_measure_costs_that_line(person: Person, tmp_path: Path) -> None:
    path = samples.reference_server(tmp_path)
    lines = path.read_text().splitlines()
    entity = '{"type": "entity", "name": "Bloat", "entityType": "x", "observations": ["%s"]}'
    path.write_text("\n".join([lines[0], entity % ("x" * 65 * 2**20), *lines[2:]]))
    report = person.imports(path)
    assert reasons(report) == ["it is longer than 64 MiB"]
    assert "Roastery (company)" in person.texts()


def test_a_large_export_is_read_a_conversation_at_a_time(tmp_path: Path) -> None:
    conversation = talk_samples.chatgpt_conversation()
    conversation["mapping"]["b1"]["message"]["content"]["parts"] = ["word " * 2000]
    path = tmp_path / "conversations.json"
    one = json.dumps(conversation)
    with path.open("w") as file:
        file.write("[" + ",".join([one] * 2000) + "]")
    size = path.stat().st_size
    with opened(path) as material:
        found = format_of(material)
        tracemalloc.start()
        try:
            read = sum(not isinstance(record, LeftOut) for record in found.read(material))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert read == 4000
    assert peak < size / 10


@pytest.mark.parametrize("text", ["zero \0 character", "half a pair \ud83d here"])
def test_broken_characters_do_not_stop_an_import(person: Person, tmp_path: Path, text: str) -> None:
    path = tmp_path / "mem0.json"
    path.write_text(json.dumps({"results": [{"memory": text, "metadata": {"also": text}}, {"memory": "Fine"}]}))
    report = person.imports(path)
    assert (report["memories"], report["left_out"]) == (2, 0)
    assert json.loads(person.run("search", "character here", "--json"))["results"]


def test_a_text_too_long_for_one_memory_becomes_several(person: Person, tmp_path: Path) -> None:
    paragraphs = [f"Paragraph {number}: " + "word " * 500 for number in range(50)]
    path = tmp_path / "mem0.json"
    path.write_text(json.dumps([{"memory": "\n\n".join(paragraphs), "created_at": "2024-01-01T00:00:00Z"}]))
    report = person.imports(path)
    assert report["memories"] == 3
    assert sorted(memory["metadata"]["part"] for memory in person.memories()) == [1, 2, 3]
    words = sum(len(text.split()) for text in person.texts())
    assert words == sum(len(paragraph.split()) for paragraph in paragraphs)


def test_what_is_not_as_it_should_be_inside_records_is_survived(person: Person, tmp_path: Path) -> None:
    odd = [
        {"mapping": []},
        {"mapping": {"a": None, "b": {"message": {"author": "me", "content": 3}}}, "current_node": ["b"]},
        {"mapping": {"a": {"parent": "b", "message": None}, "b": {"parent": "a"}}, "current_node": "a"},
        talk_samples.chatgpt_conversation() | {"title": {"deep": [[[[[[[[[[1]]]]]]]]]]}, "create_time": "yesterday"},
    ]
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps(odd))
    assert person.imports(path)["memories"] == 2
