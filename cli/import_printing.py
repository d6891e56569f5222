"""How imports are reported: for people in lines, for scripts as JSON."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from cli.counting import counted
from resource_server.memory.import_batches import Batch
from resource_server.memory.import_report import Report
from resource_server.memory.import_undoing import Undone
from resource_server.memory.importers.imported import Imported
from resource_server.memory.records import Memory

SHORT = 100
NAMED = 20


@dataclass(frozen=True)
class Moved:
    """What was imported: the name of its format, what that is in words, and a report for each account."""

    name: str
    title: str
    reports: dict[str, Report]


def print_moved(moved: Moved, *, dry_run: bool, as_json: bool) -> None:
    """What became of each account."""
    if as_json:
        members = {user: _members(report) for user, report in moved.reports.items()}
        answer = {"source": moved.name, "dry_run": dry_run, "accounts": members}
        typer.echo(json.dumps(answer, indent=2, default=str))
        return
    typer.echo(f"This is {moved.title}.")
    for user, report in moved.reports.items():
        for line in _lines(user, report, dry_run=dry_run):
            typer.echo(line)


def print_undone(undone: Undone, *, as_json: bool) -> None:
    """What became of an import that was undone."""
    if as_json:
        typer.echo(json.dumps(asdict(undone)))
        return
    typer.echo(f"{memories(undone.trashed)} went to the trash.")
    if undone.changed:
        typer.echo(f"{undone.changed} stayed, for they were changed since.")
    if undone.gone:
        typer.echo(f"{undone.gone} had been deleted before.")


def print_batches(batches: list[Batch], *, as_json: bool) -> None:
    """A table of imports."""
    if as_json:
        typer.echo(json.dumps([asdict(batch) for batch in batches], indent=2, default=datetime.isoformat))
        return
    if not batches:
        typer.echo("Nothing was imported.")
        return
    table = Table(Column("Import", no_wrap=True), "Day", "Source", "To", "File", "State", box=None, pad_edge=False)
    table.add_column("Memories", justify="right")
    for batch in batches:
        state = "undone" if batch.undone_at else "finished" if batch.finished_at else "broken off"
        cells = (batch.id, f"{batch.at:%Y-%m-%d}", batch.source, batch.namespace, batch.label, state)
        table.add_row(*(Text(cell, overflow="fold") for cell in (*cells, str(batch.memories))))
    Console().print(table)


def _lines(user: str, report: Report, *, dry_run: bool) -> list[str]:
    verb = "would be imported" if dry_run else "imported"
    lines = [f"{user}: {memories(report.memories)} {verb}{_spread(report)}."]
    lines += [f"  {number} {why}." for why, number in report.repeated.items()]
    if others := ", ".join(f"{number} of the kind {kind}" for kind, number in sorted(report.others.items()) if number):
        lines.append(f"  With them: {others}.")
    if report.left_out:
        lines.append(f"  {report.left_out} left out:")
        lines += [f"    {one.where}: {one.why}" for one in report.named[:NAMED]]
        if report.left_out > NAMED:
            lines.append("    … --json names more")
    if dry_run and report.samples:
        lines.append("  For example:")
        lines += [f"    {_day(one)}{_short(one.text)}" for one in report.samples]
    if report.batch and report.memories:
        lines.append(f"  To take them out again: ostiary memory import undo {report.batch} --user {user}")
    return lines


def _spread(report: Report) -> str:
    places = ", ".join(f"{number} to {namespace}" for namespace, number in report.by_namespace.items())
    dates = f", from {report.oldest:%Y-%m-%d} to {report.newest:%Y-%m-%d}" if report.oldest and report.newest else ""
    talks = f", {counted(len(report.conversations), 'conversation')}" if report.conversations else ""
    return f" ({places}{talks}{dates})" if places else ""


def memories(number: int) -> str:
    """`1 memory`, `2 memories`, `no memories`."""
    return "1 memory" if number == 1 else f"{number or 'no'} memories"


def _day(record: Imported | Memory) -> str:
    return f"{record.happened_at:%Y-%m-%d} " if record.happened_at else ""


def _short(text: str) -> str:
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= SHORT else f"{line[:SHORT]}…"


def _members(report: Report) -> dict[str, Any]:
    return {
        "import": report.batch or None,
        "memories": report.memories,
        "by_namespace": dict(report.by_namespace),
        "by_kind": dict(report.by_kind),
        "conversations": len(report.conversations),
        "relations": report.edges,
        "links": report.links,
        "others": dict(report.others),
        "repeated": dict(report.repeated),
        "left_out": report.left_out,
        "left_out_named": [asdict(one) for one in report.named],
        "oldest": report.oldest,
        "newest": report.newest,
        "samples": [{"text": _short(one.text), "happened_at": one.happened_at} for one in report.samples],
    }
