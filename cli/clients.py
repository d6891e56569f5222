"""`ostiary clients`: the apps that registered."""

from typing import Annotated

import typer

from auth_server.audit import AuditKind, record
from auth_server.models import Client
from cli.auth_database import auth_database
from cli.failures import stop
from cli.options import DataDir

app = typer.Typer(no_args_is_help=True, help="Apps that registered.")


@app.callback()
def group() -> None:
    """Apps that registered."""


@app.command("trust")
def trust(
    client_id: Annotated[str, typer.Argument(help="The app's client id, cli_….")],
    data_dir: DataDir = None,
) -> None:
    """Let an app use prompt=none: a browser that needs no sign-in or consent is sent back to it without a page."""
    with auth_database(data_dir) as database:
        client = database.session.get(Client, client_id)
        if client is None:
            stop(f"no app has the client id {client_id}")
        client.is_trusted = True
        record(database.session, AuditKind.CLIENT_CHANGED, client_id=client_id, is_trusted=True)
        name = client.client_name or client_id
    typer.echo(f"{name} is trusted now.")
