"""`ostiary bench memory --synthetic`: what must hold for every embedder scores 1, and the rest is measured."""

import json
from typing import Any

import pytest

from cli.memory_bench.bench_vault import BenchVault, bench_vault
from cli.memory_bench.synthetic import deletion
from cli.memory_bench.synthetic.suite import lines_of
from resource_server.settings import Settings
from tests.cli.invoking import run

pytestmark = pytest.mark.xdist_group("synthetic bench")
SAFE = ("deletion", "isolation", "the past", "filters")
WAYS_TO_LOOK = 10


@pytest.fixture(scope="module")
def scores() -> dict[str, Any]:
    """The suite, run once, by words alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OSTIARY_RESOURCE_EMBEDDER", "none")
        found: dict[str, Any] = json.loads(run("bench", "memory", "--synthetic", "--json"))
    return found


@pytest.mark.parametrize("topic", SAFE)
def test_nothing_is_lost_of_what_must_hold(scores: dict[str, Any], topic: str) -> None:
    assert scores["topics"][topic]["lost"] == []
    assert scores["topics"][topic]["score"] == 1.0


def test_every_way_to_delete_was_seen_to_be_found_before(scores: dict[str, Any]) -> None:
    """A look that never found it would prove nothing."""
    parts = scores["topics"]["deletion"]["parts"]
    assert len(parts) == 9
    assert min(part["questions"] for part in parts.values()) >= WAYS_TO_LOOK


class Unforgetting(BenchVault):
    """Says that it deleted, and did not."""

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """As ever, but for deleting."""
        return {} if tool.endswith("_delete") else super().call(tool, **arguments)


def test_what_was_not_deleted_scores_nothing() -> None:
    with bench_vault(Settings(embedder="none")) as vault:
        scores = [check.score for check in deletion.checks(Unforgetting(**vars(vault))) if check.part == "by id"]
    assert len(scores) >= WAYS_TO_LOOK
    assert set(scores) == {0.0}


@pytest.mark.parametrize("part", ["injection", "quarantine"])
def test_planted_text_is_quoted_and_strangers_wait(scores: dict[str, Any], part: str) -> None:
    assert [lost for lost in scores["topics"]["poisoning"]["lost"] if lost.startswith(part)] == []
    assert scores["topics"]["poisoning"]["parts"][part]["score"] == 1.0


def test_the_newer_is_preferred_by_rule_and_by_key(scores: dict[str, Any]) -> None:
    parts = scores["topics"]["updates"]["parts"]
    assert [parts[part]["score"] for part in ("one value at a time", "denied", "by key")] == [1.0, 1.0, 1.0]


def test_every_language_is_measured_and_the_table_shows_it(scores: dict[str, Any]) -> None:
    lines = list(lines_of(scores))
    for language in ("German", "French", "Spanish", "Russian", "Japanese", "Chinese"):
        assert scores["topics"]["languages"]["parts"][language]["questions"] == 8
        assert any(line.strip().startswith(f"{language}, asked in English") for line in lines)
    assert scores["embedder"] in lines[-1]
