"""How commands show memories: a table for people, for scripts the answers of the tools as JSON."""

from datetime import datetime

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from resource_server.tools.finding_answers import Found
from resource_server.tools.memory_answers import Listed, MemoryAnswer

SHORT = 240


def print_listed(listed: Listed, *, as_json: bool) -> None:
    """A page of memories, and how to go on."""
    if as_json:
        typer.echo(listed.model_dump_json(indent=2))
        return
    if not listed.memories:
        typer.echo("There are no memories that fit this.")
        return
    Console().print(_table([(memory, "") for memory in listed.memories]))
    if listed.next_cursor:
        typer.echo(f"The next page: --cursor {listed.next_cursor}")


def print_found(found: Found, *, as_json: bool) -> None:
    """Hits, best first, with their score."""
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    elif found.results:
        Console().print(_table([(memory, f"{memory.score:.2f}") for memory in found.results], "Score"))
    else:
        typer.echo("Nothing was found.")


def _table(rows: list[tuple[MemoryAnswer, str]], *more: str) -> Table:
    table = Table(*more, "Day", "Memory", box=None, pad_edge=False)
    for memory, score in rows:
        cells = [Text(score)] if more else []
        table.add_row(*cells, Text(_day(memory.created_at)), _said(memory))
    return table


def _said(memory: MemoryAnswer) -> Text:
    """What it says, and below it where it lies and who wrote it."""
    below = " · ".join((memory.namespace, memory.saved_by.app, memory.id))
    return Text.assemble(_words(memory), "\n", (printable(below), "dim"), overflow="fold")


def _words(memory: MemoryAnswer) -> str:
    """Key, text and tags on one line, without signs that would steer a terminal."""
    line = printable(memory.text.replace("\n> ", "\n").removeprefix("> ") if memory.untrusted else memory.text)
    short = line if len(line) <= SHORT else f"{line[:SHORT]}…"
    tags = (f"#{tag}" for tag in memory.tags)
    return printable(" ".join((*((f"[{memory.key}]",) if memory.key else ()), short, *tags)))


def printable(text: str) -> str:
    """On one line, without signs that would steer a terminal."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _day(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d}"
