"""The app that a command names."""

from typing import Annotated

import typer

from auth_server.clients import find_client
from auth_server.models import Client
from cli.auth_database import AuthDatabase
from cli.failures import stop

ClientId = Annotated[str, typer.Argument(help="The app's client id.")]


def known_client(database: AuthDatabase, client_id: str) -> Client:
    """The app, or the end of the command."""
    client = find_client(database.session, client_id)
    if client is None:
        stop(f"no app has the client id {client_id}; `ostiary clients list` shows them")
    return client
