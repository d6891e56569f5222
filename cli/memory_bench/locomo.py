"""Conversations in the format of LoCoMo (Maharana et al., ACL 2024): turns to remember, questions with evidence."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.memory_bench.questions import Labelled, Question
from resource_server.memory.records import Draft

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
SCORED = frozenset(name for number, name in CATEGORIES.items() if number != 5)
"""What an adversarial question asks never happened: finding its evidence is no merit."""

SESSION = re.compile(r"session_(\d+)")
EVIDENCE = re.compile(r"D:?(\d+):(\d+)")
DATE = "%I:%M %p on %d %B, %Y"
NAME = "dia_id"
"""Where a memory keeps the name of its turn."""


def read(path: Path) -> list[tuple[list[Draft], list[Question]]]:
    """Each conversation in a namespace of its own. Raises ValueError, KeyError or TypeError for another format."""
    samples = json.loads(path.read_text())
    return [_sample(sample, f"conversation-{number}") for number, sample in enumerate(samples, 1)]


def _sample(sample: dict[str, Any], namespace: str) -> tuple[list[Draft], list[Question]]:
    drafts = list(_turns(sample["conversation"], namespace))
    turns = frozenset(str(draft.metadata[NAME]) for draft in drafts)
    questions = [_question(one, turns, namespace) for one in sample["qa"]]
    return drafts, [question for question in questions if question.expected]


def _turns(conversation: dict[str, Any], namespace: str) -> Iterator[Draft]:
    numbers = sorted(int(found[1]) for found in map(SESSION.fullmatch, conversation) if found)
    for number in numbers:
        at = datetime.strptime(conversation[f"session_{number}_date_time"], DATE).replace(tzinfo=UTC)
        for turn in conversation[f"session_{number}"]:
            yield Draft(
                namespace,
                _text(turn),
                metadata={NAME: turn["dia_id"]},
                happened_at=at,
                conversation=f"session-{number}",
            )


def _text(turn: dict[str, Any]) -> str:
    picture = turn.get("blip_caption")
    return f"{turn['speaker']}: {turn['text']}" + (f" [shares {picture}]" if picture else "")


def _question(one: dict[str, Any], turns: frozenset[str], namespace: str) -> Question:
    named = {f"D{int(session)}:{int(turn)}" for text in one["evidence"] for session, turn in EVIDENCE.findall(text)}
    expected = tuple(Labelled(NAME, turn) for turn in sorted(turns & named))
    return Question(one["question"], expected, CATEGORIES[one["category"]], {"namespace": namespace})
