"""`ostiary memory quarantine`: what new apps write waits for the person, who decides here and nowhere else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.failures import stop
from cli.memory_person import open_person
from cli.memory_vaults import OneUser
from cli.options import AsJson, DataDir
from resource_server.memory.quarantine import Quarantine
from resource_server.memory.records import Memory, StoreBusyError

app = typer.Typer(no_args_is_help=True, help="What new apps write waits until the person accepts it.")
SHORT = 160
Name = Annotated[str, typer.Argument(help="A memory by its id (mem_…), or an app by its client id, with all it wrote.")]
AsksAll = Annotated[bool, typer.Option("--strict", help="Apps that wrote before have to be accepted too.")]


@app.callback()
def group() -> None:
    """What new apps write waits until the person accepts it."""


@app.command("on")
def on(user: OneUser, strict: AsksAll = False, data_dir: DataDir = None) -> None:
    """From now on, what an app writes that was not accepted is found by nobody until it is."""
    with _quarantine(user, data_dir) as quarantine:
        known = quarantine.switch(on=True, accepts_known=not strict)
    typer.echo("Quarantine is on: what new apps write waits; `ostiary memory quarantine list` shows it.")
    if known:
        typer.echo(f"Accepted, because they wrote before: {', '.join(known)}.")


@app.command("off")
def off(user: OneUser, data_dir: DataDir = None) -> None:
    """New apps write as others do; what waits goes on waiting for a decision."""
    with _quarantine(user, data_dir) as quarantine:
        quarantine.switch(on=False)
        waiting = len(quarantine.waiting())
    typer.echo("Quarantine is off.")
    if waiting:
        typer.echo(f"{waiting} still waiting; `ostiary memory quarantine list` shows them.")


@app.command("list")
def list_all(user: OneUser, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List what waits, the oldest first, with who wrote it."""
    with _quarantine(user, data_dir) as quarantine:
        is_on = quarantine.is_on()
        waiting = quarantine.waiting() if quarantine.vault.exists else []
    if as_json:
        typer.echo(json.dumps([_described(memory) for memory in waiting], indent=2, ensure_ascii=False))
    elif waiting:
        Console().print(_table(waiting))
    else:
        typer.echo(f"Nothing waits; quarantine is {'on' if is_on else 'off'}.")


@app.command("accept")
def accept(name: Name, user: OneUser, data_dir: DataDir = None) -> None:
    """Accept one memory, or an app with all that it wrote and will write."""
    with _quarantine(user, data_dir) as quarantine:
        is_memory = name.startswith("mem_")
        accepted = quarantine.accept(name) if is_memory else quarantine.accept_app(name)
    if is_memory and not accepted:
        stop(f"no memory with the id {name} waits; `ostiary memory quarantine list` shows what does")
    typer.echo(f"Accepted: {_memories(accepted)} can be found now.")
    if not is_memory:
        typer.echo(f"What {name} writes waits no more.")


@app.command("reject")
def reject(name: Name, user: OneUser, data_dir: DataDir = None) -> None:
    """Put one memory that waits, or all of an app, into the trash; the app is not told."""
    with _quarantine(user, data_dir) as quarantine:
        rejected = quarantine.reject(name)
    if not rejected:
        stop(f"nothing waits by the name {name}; `ostiary memory quarantine list` shows what does")
    typer.echo(f"Rejected: {_memories(rejected)} in the trash, gone for good after 30 days.")


@contextmanager
def _quarantine(user: str, data_dir: DataDir) -> Iterator[Quarantine]:
    with open_person(user, data_dir) as person:
        try:
            yield Quarantine(person.stores.vault_of(person.user_id))
        except StoreBusyError:
            stop("another process keeps the vault locked; try again")


def _memories(number: int) -> str:
    return f"{number or 'no'} {'memory' if number == 1 else 'memories'}"


def _described(memory: Memory) -> dict[str, object]:
    return {
        "id": memory.id,
        "namespace": memory.namespace,
        "key": memory.key,
        "text": memory.text,
        "source": memory.source.value,
        "app": memory.author.client_name,
        "client_id": memory.author.client_id,
        "written_at": memory.updated_at.isoformat(),
    }


def _table(waiting: list[Memory]) -> Table:
    table = Table("App", "Written", "Text", box=None, pad_edge=False)
    table.add_column("Id", width=30)
    for memory in waiting:
        author = memory.author
        short = memory.text if len(memory.text) <= SHORT else f"{memory.text[:SHORT]}…"
        cells = (f"{author.client_name} ({author.client_id})", f"{memory.updated_at:%Y-%m-%d}", short, memory.id)
        table.add_row(*(Text("".join(filter(str.isprintable, cell)), overflow="fold") for cell in cells))
    return table
