"""`ostiary grants`: what people allowed apps, and its end."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from auth_server.administration.grants import (
    GrantFilter,
    ListedGrant,
    State,
    revoke_all,
    revoke_by_administrator,
    search_grants,
)
from auth_server.administration.listed import Window
from auth_server.grants import find_grant
from auth_server.people import id_named
from cli.auth_database import auth_database
from cli.counting import counted
from cli.failures import stop
from cli.options import AsJson, DataDir

app = typer.Typer(no_args_is_help=True, help="What people allowed apps.")
MOST = 10_000
Person = Annotated[str, typer.Option(help="Only this person's: an e-mail address or an id.")]
App = Annotated[str, typer.Option("--app", help="Only this app's: a client id.")]


@app.callback()
def group() -> None:
    """What people allowed apps."""


@app.command("list")
def list_all(
    person: Person = "",
    client_id: App = "",
    state: Annotated[State, typer.Option(help="Which of them.")] = State.LIVE,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List connections, newest first; how far they reach is counted, what is remembered is nobody's to see."""
    with auth_database(data_dir) as database:
        wanted = GrantFilter("", id_named(database.session, person), client_id, state)
        grants = search_grants(database.session, Window(MOST), wanted)
    if as_json:
        typer.echo(json.dumps([asdict(grant) for grant in grants], indent=2, default=datetime.isoformat))
    elif grants:
        Console().print(_table(grants))
    else:
        typer.echo("No connection fits this.")


@app.command("revoke")
def revoke(
    grant_id: Annotated[str, typer.Argument(help="One connection, by its id.")] = "",
    person: Person = "",
    client_id: App = "",
    data_dir: DataDir = None,
) -> None:
    """End one connection, or all of a person, of an app, or of both; within seconds nothing of it works."""
    if bool(grant_id) == bool(person or client_id):
        stop("name a connection, or --person, or --app, or both of them")
    with auth_database(data_dir) as database:
        if grant_id:
            grant = find_grant(database.session, grant_id)
            if grant is None:
                stop(f"no connection has the id {grant_id}; `ostiary grants list` shows them")
            ended = int(grant.is_live())
            revoke_by_administrator(database.session, grant)
        else:
            user_id = id_named(database.session, person)
            ended = revoke_all(database.session, user_id=user_id, client_id=client_id)
    typer.echo(f"Ended {counted(ended, 'connection')}.")


def _table(grants: list[ListedGrant]) -> Table:
    table = Table("Person", "App", "May", "Allowed", box=None, pad_edge=False)
    table.add_column("Id", width=30)
    for grant in grants:
        cells = (grant.person or "itself", grant.app, grant.reach, f"{grant.created_at:%Y-%m-%d}", grant.id)
        table.add_row(*(Text(cell, overflow="fold") for cell in cells))
    return table
