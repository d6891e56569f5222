"""`ostiary memory export`: everything a person's memory holds, in files that say all and can be imported again."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli.failures import readable_failures, stop
from cli.import_printing import memories
from cli.memory_person import open_person
from cli.memory_vaults import OneUser
from cli.options import DataDir
from resource_server.memory.exporting.writing_out import MemoryExport
from shared.authorization_details import ALL, NamespaceSet

STDOUT = "-"
SHARED = "{}, which is shared with others and backed up by `ostiary memory backup --share`"
Where = Annotated[str, typer.Argument(metavar="PATH", help="The file to write, or the folder for Markdown; - prints.")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="A Markdown file a memory instead of JSON lines.")]
Namespaces = Annotated[
    list[str] | None, typer.Option("--namespace", help="Only what belongs to this namespace; repeatable.")
]
WithLedger = Annotated[bool, typer.Option("--with-ledger", help="What apps read and asked, too.")]


def export(
    where: Where,
    user: OneUser,
    markdown: AsMarkdown = False,
    namespace: Namespaces = None,
    with_ledger: WithLedger = False,
    data_dir: DataDir = None,
) -> None:
    """Export what a person's memory holds, history included. The files are readable to whoever has them."""
    target = Path(where)
    if markdown and where == STDOUT:
        stop("Markdown goes into a folder; name one")
    if where != STDOUT and target.exists() and (not markdown or not target.is_dir() or any(target.iterdir())):
        stop(f"{target} is there already; name another")
    with open_person(user, data_dir) as person:
        vault = person.stores.vault_of(person.user_id)
        if not vault.exists:
            stop(f"{user} has remembered nothing yet")
        moving = MemoryExport(vault, NamespaceSet.of(*(namespace or [ALL])), with_ledger)
        if namespace and moving.left_out:
            stop(f"{SHARED.format(', '.join(moving.left_out))}: leave that --namespace out")
        with readable_failures():
            number = _written(moving, target, to_stdout=where == STDOUT, as_markdown=markdown)
    typer.echo(f"{memories(number)} exported; keep the files as safe as the memory itself.", err=True)
    if moving.left_out:
        typer.echo(f"Not in it: {SHARED.format(', '.join(moving.left_out))}.", err=True)


def _written(moving: MemoryExport, target: Path, *, to_stdout: bool, as_markdown: bool) -> int:
    if to_stdout:
        return moving.lines(sys.stdout)
    columns = (TextColumn("exporting"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=None)
        if as_markdown:
            return moving.markdown(target, lambda number: progress.advance(task, number))
        with target.open("x", encoding="utf-8", newline="\n") as out:
            return moving.lines(out, lambda number: progress.advance(task, number))
