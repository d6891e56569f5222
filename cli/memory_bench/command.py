"""`ostiary bench memory`: how well memories are found, by questions whose answers are known."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.failures import load, stop
from cli.memory_bench import golden, locomo, misses, report
from cli.memory_bench.bench_vault import BenchVault, ToolRefusedError, bench_vault
from cli.memory_bench.golden import Golden
from cli.memory_bench.own_vault import copied_vault
from cli.memory_bench.synthetic import suite as synthetic
from cli.options import AsJson, DataDir
from resource_server.settings import Settings

Locomo = Annotated[
    Path | None, typer.Option("--locomo", help="Conversations with questions, as LoCoMo publishes them (JSON).")
]
Questions = Annotated[
    Path | None, typer.Option("--golden", help="Questions of your own with the memories that answer them.")
]
User = Annotated[
    str, typer.Option("--user", help="With --golden: the e-mail address or the id of the person whose memory is asked.")
]
Synthetic = Annotated[
    bool, typer.Option("--synthetic", help="A suite of Ostiary's own: updates, deletion, isolation, the past and more.")
]


def memory(
    conversations: Locomo = None,
    questions: Questions = None,
    user: User = "",
    suite: Synthetic = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Ask questions whose answers are known by the tools that apps call, and score what comes back.

    Nothing that anybody keeps is changed: memories are stored in a vault that goes away, and a person's own are asked
    in a copy.
    """
    if [conversations is not None, questions is not None, suite].count(True) != 1:
        stop("name what to ask, one at a time: --locomo FILE, --golden FILE or --synthetic")
    if user and questions is None:
        stop("--user goes with --golden: the other benches bring memories of their own")
    if conversations is not None:
        _print(*_locomo(conversations), as_json=as_json)
    elif questions is not None:
        _print(*_golden(questions, user, data_dir), as_json=as_json)
    else:
        with bench_vault(load(Settings)) as vault:
            scores = synthetic.scores_of(vault)
        _print(scores, synthetic.lines_of(scores), as_json=as_json)


def _print(found: Mapping[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    typer.echo(json.dumps(found, indent=2) if as_json else "\n".join(lines))


def _locomo(path: Path) -> tuple[Mapping[str, Any], Iterable[str]]:
    try:
        samples = locomo.read(path)
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        stop(f"{path} is not a file of conversations as LoCoMo publishes them: {type(wrong).__name__}")
    with bench_vault(load(Settings)) as vault:
        drafts = [draft for conversation, _ in samples for draft in conversation]
        vault.fill(drafts)
        asked = vault.ask([question for _, questions in samples for question in questions])
        found = report.report_of(asked, len(drafts), vault.embedder, locomo.SCORED)
    return found, report.lines_of(found)


def _golden(path: Path, user: str, data_dir: DataDir) -> tuple[Mapping[str, Any], Iterable[str]]:
    asking = _read(path)
    if bool(user) == bool(asking.memories):
        what = "brings memories of its own: leave --user out" if user else "brings no memories: name whose with --user"
        stop(f"{path} {what}")
    if user:
        with copied_vault(user, data_dir) as vault:
            return _asked(vault, asking)
    with bench_vault(load(Settings)) as vault:
        for one in asking.memories:
            vault.by(one.app).fill([one.draft])
        return _asked(vault, asking)


def _read(path: Path) -> Golden:
    try:
        return golden.read(path)
    except OSError as wrong:
        stop(f"cannot read {path}: {(wrong.strerror or type(wrong).__name__).lower()}")
    except golden.UnreadableGoldenError as wrong:
        stop(f"{path}: {wrong}")


def _asked(vault: BenchVault, asking: Golden) -> tuple[Mapping[str, Any], Iterable[str]]:
    try:
        asked = vault.ask(asking.questions)
    except ToolRefusedError as wrong:
        stop(str(wrong))
    missed = misses.misses_of(asked)
    held = vault.call("memory_stats")["total"]
    found = {**report.report_of(asked, held, vault.embedder), "missed": missed}
    return found, (*report.lines_of(found), *misses.lines_of(missed))
