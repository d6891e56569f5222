"""`ostiary bench memory --golden`: a person's own questions, put to their own memory without leaving a trace in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from resource_server.memory.records import Draft
from shared.authorization_details import NamespaceSet
from tests.auth_harness import AuthHarness
from tests.cli.invoking import refuse, run
from tests.cli.memory_vaults import PERSON, SIGNED, stores_in

ADA, BOB = "ada@example.org", "bob@example.org"
FLAT = {"text": "The flat is on the fourth floor.", "key": "flat", "category": "home"}
BEES = {"text": "The landlord keeps bees on the roof.", "namespace": "work", "tags": ["roof"], "app": "Notes"}
TEA = {"text": "The tea is in the blue tin.", "happened_at": "2024-05-01"}


@pytest.fixture(autouse=True)
def without_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words alone, which need no model."""
    monkeypatch.setenv("OSTIARY_RESOURCE_EMBEDDER", "none")


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """Where the questions are."""
    return tmp_path / "golden.jsonl"


@pytest.fixture
def kept(beside: AuthHarness) -> Path:
    """An installation in which somebody has three memories."""
    folder = beside.settings.data_dir
    with stores_in(folder) as stores:
        store = stores.of(PERSON)
        store.put(Draft("personal", "The flat is on the fourth floor.", key="flat"), SIGNED)
        store.put(Draft("personal", "The landlord keeps bees on the roof."), SIGNED)
        store.put(Draft("work", "The roof of the office leaks."), SIGNED)
    return folder


def written(file: Path, *entries: Any) -> None:
    """One entry a line."""
    file.write_text("\n".join(json.dumps(entry) for entry in entries))


def measured(file: Path, *arguments: str) -> dict[str, Any]:
    """What the bench says in JSON."""
    report: dict[str, Any] = json.loads(run("bench", "memory", "--golden", str(file), "--json", *arguments))
    return report


def test_memories_are_known_by_key_by_id_and_by_their_words(kept: Path, golden: Path) -> None:
    with stores_in(kept) as stores:
        [flat] = stores.of(PERSON).by_key("flat", NamespaceSet(everything=True))
    written(
        golden,
        {"question": "On which floor is the flat?", "expect": {"key": "flat"}, "category": "home"},
        {"question": "flat floor", "expect": [{"id": flat.id}], "category": "home"},
        {"question": "roof", "expect": ["BEES on the  roof", "office leaks"]},
        {"question": "roof", "expect": "bees", "namespace": "work"},
    )
    report = measured(golden, "--user", PERSON)
    assert (report["questions"], report["memories"], report["recall_at_5"]) == (4, 3, 0.75)
    assert report["categories"]["home"]["recall_at_1"] == 1.0
    assert report["categories"]["questions"]["recall_at_1"] == 0.25


def test_what_was_missed_is_listed_with_what_was_found_instead(kept: Path, golden: Path) -> None:
    written(golden, {"question": "Who keeps bees?", "expect": [{"key": "flat"}, "landlord"]})
    [miss] = measured(golden, "--user", PERSON)["missed"]
    assert miss["expected"] == [{"key": "flat", "place": None}, {"text": "landlord", "place": 1}]
    assert [hit["text"] for hit in miss["found"]] == ["The landlord keeps bees on the roof."]
    shown = run("bench", "memory", "--golden", str(golden), "--user", PERSON)
    assert "key flat: not among the first 20" in shown
    assert "1. The landlord keeps bees on the roof." in shown
    assert kept.exists()


def test_asking_leaves_no_trace_in_the_vault(kept: Path, golden: Path) -> None:
    """No count of uses, no entry of the ledger, no word of the question."""
    vault = kept / "vaults" / f"{PERSON}.db"
    before = vault.read_bytes()
    written(golden, {"question": "bees", "expect": "bees"})
    assert measured(golden, "--user", PERSON)["mrr"] == 1.0
    assert vault.read_bytes() == before
    assert [path.name for path in vault.parent.iterdir()] == [vault.name]


def test_what_a_person_shares_is_asked_too(beside: AuthHarness, golden: Path) -> None:
    beside.create_user(BOB)
    run("memory", "share", "create", "our-home", "--owner", ADA)
    run("memory", "share", "add", "our-home", BOB)
    written(golden, {"question": "Where is the tea?", "expect": "blue tin", "namespace": "our-home"})
    assert "no vault" in refuse("bench", "memory", "--golden", str(golden), "--user", BOB)
    [share] = json.loads(run("memory", "share", "list", "--json"))
    owner = next(member["user_id"] for member in share["members"] if member["role"] == "owner")
    with stores_in(beside.settings.data_dir) as stores:
        stores.of(owner).put(Draft("our-home", "The tea is in the blue tin."), SIGNED)
    files = sorted((beside.settings.data_dir / "vaults").iterdir())
    before = [file.read_bytes() for file in files]
    assert measured(golden, "--user", BOB)["recall_at_1"] == 1.0
    assert sorted((beside.settings.data_dir / "vaults").iterdir()) == files
    assert [file.read_bytes() for file in files] == before


def test_a_file_may_bring_its_memories(golden: Path) -> None:
    flat = {name: value for name, value in FLAT.items() if name != "category"}
    questions = (
        {"question": "roof", "expect": "bees", "tags": ["roof"], "app": "notes", "namespace": "work"},
        {"question": "Where is the tea?", "expect": ["blue tin"], "until": "2024-05-01"},
        {"question": "Where is the tea?", "expect": ["blue tin"], "until": "2024-04-30"},
    )
    golden.write_text(json.dumps([flat, BEES, TEA, *questions]))
    report = measured(golden)
    assert (report["memories"], report["questions"]) == (3, 3)
    assert [miss["found"] for miss in report["missed"]] == [[]]
    assert report["categories"] == {}


MALFORMED = (
    ('{"question": "a", "expect": "b"}\n{"question": ', "line 2"),
    ('[\n{"question": "a"\n', "line 3"),
    ('\n{"question": "a"}', "line 2: expect"),
    ('[{"question": " ", "expect": "b"}]', "entry 1: question"),
    ('{"question": "a", "expect": []}', "line 1: expect"),
    ('{"question": "a", "expect": [{"key": "k", "id": "mem_1"}]}', "line 1: expect.0"),
    ('{"question": "a", "expect": "b", "namespace": "Not One"}', "line 1: namespace"),
    ('{"question": "a", "expect": "b", "as_of": "yesterday"}', "line 1: as_of"),
    ('{"question": "a", "expect": "b", "since": "2024-02-01", "until": "2024-01-01"}', "line 1: since"),
    ('{"question": "a", "expect": "b", "answer": "c"}', "line 1: answer"),
    ('{"text": "a", "importance": 7}', "line 1: importance"),
    ('{"text": "a"}', "no question"),
    ("", "no question"),
    ("7", "line 1"),
    ("[" * 5000, "line 1"),
)


@pytest.mark.parametrize(("text", "place"), MALFORMED)
def test_a_malformed_file_is_refused_by_line_and_field(golden: Path, text: str, place: str) -> None:
    golden.write_text(text)
    assert f"golden.jsonl: {place}" in refuse("bench", "memory", "--golden", str(golden), "--user", ADA)


def test_files_that_cannot_be_read_are_refused(golden: Path) -> None:
    assert "no such file" in refuse("bench", "memory", "--golden", str(golden), "--user", ADA)
    golden.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in refuse("bench", "memory", "--golden", str(golden), "--user", ADA)


def test_whose_memory_is_asked_has_to_be_clear(kept: Path, golden: Path) -> None:
    written(golden, {"question": "bees", "expect": "bees"})
    assert "--user" in refuse("bench", "memory", "--golden", str(golden))
    assert "no account" in refuse("bench", "memory", "--golden", str(golden), "--user", "nobody@example.org")
    assert "no vault" in refuse("bench", "memory", "--golden", str(golden), "--user", ADA)
    written(golden, TEA, {"question": "tea", "expect": "tea"})
    assert "leave --user out" in refuse("bench", "memory", "--golden", str(golden), "--user", PERSON)
    assert "one at a time" in refuse("bench", "memory", "--golden", str(golden), "--synthetic")
    assert "--user goes with" in refuse("bench", "memory", "--synthetic", "--user", ADA)
    assert kept.exists()
