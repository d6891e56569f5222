"""`ostiary bench memory`: answers are scored by rules that nobody can please by counting twice."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.invoking import refuse, run

TURNS = [
    ("D1:1", "Ada", "Did you find a flat in the end?"),
    ("D1:2", "Bea", "Yes, on the fourth floor, with a view of the river."),
    ("D1:3", "Ada", "How nice!"),
    ("D1:4", "Bea", "The landlord keeps bees on the roof."),
]


def conversation(*questions: dict[str, Any]) -> list[dict[str, Any]]:
    """One conversation in the published format, with these questions."""
    session = [{"dia_id": name, "speaker": speaker, "text": text} for name, speaker, text in TURNS]
    turns = {"speaker_a": "Ada", "speaker_b": "Bea", "session_1": session}
    turns["session_1_date_time"] = "1:56 pm on 8 May, 2023"
    return [{"sample_id": "one", "conversation": turns, "qa": list(questions)}]


def question(text: str, evidence: list[str], category: int = 4) -> dict[str, Any]:
    """One question with its evidence."""
    return {"question": text, "answer": "", "evidence": evidence, "category": category}


@pytest.fixture(autouse=True)
def without_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words alone, which need no model."""
    monkeypatch.setenv("OSTIARY_RESOURCE_EMBEDDER", "none")


def measured(tmp_path: Path, *questions: dict[str, Any]) -> dict[str, Any]:
    """What the bench says in JSON."""
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps(conversation(*questions)))
    report: dict[str, Any] = json.loads(run("bench", "memory", "--locomo", str(file), "--json"))
    return report


def test_recall_is_the_share_of_the_evidence_found(tmp_path: Path) -> None:
    both = question("landlord bees roof river floor", ["D1:4", "D1:2"])
    report = measured(tmp_path, both)
    assert (report["recall_at_1"], report["recall_at_5"], report["mrr"]) == (0.5, 1.0, 1.0)
    assert report["memories"] == 4


def test_adversarial_questions_and_questions_without_evidence_are_not_scored(tmp_path: Path) -> None:
    report = measured(
        tmp_path,
        question("landlord bees", ["D1:4"]),
        question("zeppelins", ["D1:2"], category=5),
        question("landlord", []),
        question("landlord", ["D9:9", "nonsense"]),
    )
    assert report["questions"] == 1
    assert report["recall_at_10"] == 1.0
    assert report["categories"]["adversarial"] == {**report["categories"]["adversarial"], "recall_at_20": 0, "mrr": 0}


def test_malformed_names_of_turns_are_read_as_what_they_mean(tmp_path: Path) -> None:
    report = measured(tmp_path, question("landlord bees", ["D:1:4"]), question("view of the river", ["D1:02; D1:02"]))
    assert report["questions"] == 2
    assert report["recall_at_1"] == 1.0


def test_the_answer_beside_the_matching_words_is_found(tmp_path: Path) -> None:
    report = measured(tmp_path, question("Which flat was found in the end?", ["D1:2"]))
    assert report["recall_at_5"] == 1.0


def test_the_table_names_every_category(tmp_path: Path) -> None:
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps(conversation(question("bees", ["D1:4"], 1), question("river", ["D1:2"], 2))))
    lines = run("bench", "memory", "--locomo", str(file)).splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["all", "multi-hop", "temporal"]


def test_a_file_of_something_else_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text('{"a": 1}')
    assert "other.json" in refuse("bench", "memory", "--locomo", str(file))
    assert "--locomo" in refuse("bench", "memory")
