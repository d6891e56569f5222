"""`ostiary audit`: what mattered for security, and whether the log of it is whole."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from auth_server.audit_log.audit_search import AuditFilter, as_plain, exported_lines, newest_events
from auth_server.audit_log.audit_verification import Head, Verification
from auth_server.audit_log.audit_verification import verify as verify_log
from auth_server.audit_log.audit_words import ToldEvent, told
from auth_server.people import id_named
from cli.auth_database import auth_database
from cli.counting import counted
from cli.failures import stop
from cli.options import AsJson, DataDir

app = typer.Typer(no_args_is_help=True, help="What mattered for security: who did what, and when.")

Words = Annotated[str, typer.Option("--search", help="Words that an event says anywhere.")]
Kind = Annotated[str, typer.Option(help="One kind of event, such as signed_in.")]
Person = Annotated[str, typer.Option(help="An e-mail address, or the id of a person.")]
App = Annotated[str, typer.Option(help="The client id of an app.")]


@app.callback()
def group() -> None:
    """What mattered for security."""


@app.command("list")
def list_events(
    search: Words = "",
    kind: Kind = "",
    person: Person = "",
    client: App = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many events at most.")] = 50,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show events, newest first."""
    with auth_database(data_dir) as database:
        wanted = AuditFilter(search, kind, id_named(database.session, person), client)
        events = told(database.session, newest_events(database.session, wanted, limit=limit))
    if as_json:
        typer.echo(json.dumps([as_plain(one.event) | {"sentence": one.sentence} for one in events], indent=2))
    elif events:
        Console().print(_table(events))
    else:
        typer.echo("Nothing of this kind is in the log.")


@app.command("export")
def export(
    search: Words = "", kind: Kind = "", person: Person = "", client: App = "", data_dir: DataDir = None
) -> None:
    """Print every event as a line of JSON, oldest first, with the hash that holds it in its place."""
    with auth_database(data_dir) as database:
        wanted = AuditFilter(search, kind, id_named(database.session, person), client)
        engine = database.session.get_bind().engine
    for line in exported_lines(engine, wanted):
        sys.stdout.write(line)


@app.command("verify")
def verify(
    head: Annotated[str, typer.Option(help="SEQ:HASH of an earlier verification; it has to be in the log still.")] = "",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Check that no event was changed or taken away; ends with 1 where one was."""
    try:
        earlier = Head.parse(head) if head else None
    except ValueError as wrong:
        stop(str(wrong))
    with auth_database(data_dir) as database:
        found = verify_log(database.session, earlier)
    typer.echo(_as_json(found) if as_json else _in_words(found, earlier))
    if not found.is_whole:
        raise typer.Exit(1)


def _in_words(found: Verification, earlier: Head | None) -> str:
    if found.broken_at is not None:
        return f"Event {found.broken_at} was changed, or what came before it is gone."
    if found.lacks_head and earlier is not None:
        return f"Event {earlier.sequence} of the head you gave is gone, or another one now."
    return f"The log is whole: {counted(found.head.sequence, 'event')}. Its head is {found.head}"


def _as_json(found: Verification) -> str:
    members = {"is_whole": found.is_whole, "events": found.head.sequence, "head": str(found.head)}
    return json.dumps(members | {"broken_at": found.broken_at, "lacks_head": found.lacks_head})


def _table(events: list[ToldEvent]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("When (UTC)", "Kind", "What happened"):
        table.add_column(heading, overflow="fold")
    for one in events:
        said = f"{one.sentence}, by {one.by}" if one.by else one.sentence
        table.add_row(f"{one.event.at:%Y-%m-%d %H:%M:%S}", Text(one.event.kind), Text(said))
    return table
