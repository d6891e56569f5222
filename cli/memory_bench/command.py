"""`ostiary bench memory`: how well memories are found, by questions whose answers are known."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.failures import load, stop
from cli.memory_bench import locomo
from cli.memory_bench.bench_vault import bench_vault
from cli.memory_bench.report import conversations_report, lines_of
from cli.options import AsJson
from resource_server.settings import Settings

Locomo = Annotated[
    Path | None, typer.Option("--locomo", help="Conversations with questions, as LoCoMo publishes them (JSON).")
]


def memory(conversations: Locomo = None, as_json: AsJson = False) -> None:
    """Store what a file holds in a vault that goes away, ask its questions by memory_search, and score the answers."""
    if conversations is None:
        stop("name what to ask: --locomo FILE")
    report = _locomo(conversations)
    typer.echo(json.dumps(report, indent=2) if as_json else "\n".join(lines_of(report)))


def _locomo(path: Path) -> Mapping[str, Any]:
    try:
        samples = locomo.read(path)
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        stop(f"{path} is not a file of conversations as LoCoMo publishes them: {type(wrong).__name__}")
    with bench_vault(load(Settings)) as vault:
        drafts = [draft for conversation, _ in samples for draft in conversation]
        vault.fill(drafts)
        questions = [question for _, asked in samples for question in asked]
        return conversations_report(vault, len(drafts), vault.ask(questions, locomo.NAME))
