"""How commands show apps: a table and lines for people, JSON for scripts."""

import json
from collections.abc import Iterable
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from auth_server.models import ClientOrigin
from auth_server.oauth.entered_clients import EnteredClient
from auth_server.trust.client_administration import ListedClient
from auth_server.trust.known_apps import AppName
from cli.entered_apps import WHERE_IT_GOES

OUR_CLIENT_ID, ROOMY = 30, 120
"""Columns: of a client id that we made, and of a terminal where addresses of documents need no folding."""

HOW_KNOWN = {
    ClientOrigin.REGISTERED: "registered",
    ClientOrigin.DOCUMENT: "document",
    ClientOrigin.ADMINISTRATOR: "by hand",
    ClientOrigin.OWN_PAGES: "part of this Ostiary",
}


def print_clients(clients: list[ListedClient], *, as_json: bool) -> None:
    """All of them."""
    if as_json:
        rows = [asdict(client) | {"created_at": client.created_at.isoformat()} for client in clients]
        typer.echo(json.dumps(rows, indent=2))
    elif clients:
        console = Console()
        console.print(_table(clients, console.width))
    else:
        typer.echo("No app is known yet.")


def print_entered(entered: EnteredClient, known_app: AppName | None, *, as_json: bool) -> None:
    """The client id, the secret that nobody can print again, and where both go if the app is known."""
    client, secret = entered.client, entered.secret
    if as_json:
        typer.echo(json.dumps(_information(entered), indent=2))
        return
    typer.echo(f"{client.client_name} may connect now.\n\n  client id      {client.client_id}")
    if secret is not None:
        typer.echo(f"  client secret  {secret}\n\nThe secret is shown this once.")
    typer.echo("\nIts answers go to:\n" + "".join(f"\n  {uri}" for uri in client.redirect_uris))
    if known_app is not None:
        typer.echo("\n" + WHERE_IT_GOES[known_app].format(client_id=client.client_id))


def verdicts(client: ListedClient) -> list[str]:
    """What an administrator said of it, each in a word."""
    said = {"trusted": client.is_trusted, "approved": client.is_approved, "blocked": client.is_blocked}
    return [word for word, is_said in said.items() if is_said]


def _information(entered: EnteredClient) -> dict[str, object]:
    """In the words of RFC 7591 §3.2.1."""
    client = entered.client
    members = {
        "client_id": client.client_id,
        "client_secret": entered.secret,
        "client_name": client.client_name,
        "redirect_uris": client.redirect_uris,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
    }
    return {name: value for name, value in members.items() if value is not None}


def _table(clients: Iterable[ListedClient], width: int) -> Table:
    """Fits 80 columns: names and places fold, one of our client ids never, so that it can be copied."""
    table = Table("Name", box=None, pad_edge=False)
    table.add_column("Client id", width=OUR_CLIENT_ID if width < ROOMY else None)
    table.add_column("Known since", width=len("Known since"))
    table.add_column("Answers to")
    table.add_column("Connected", width=len("Connected"), justify="right")
    for client in clients:
        # Apps choose their names: as Text, what looks like markup stays what it is.
        known = [HOW_KNOWN[client.origin], *verdicts(client), f"{client.created_at:%Y-%m-%d}"]
        cells = (
            client.name,
            client.client_id,
            "\n".join(known),
            "\n".join(client.redirects),
            str(client.live_grants),
        )
        table.add_row(*(Text(cell, overflow="fold") for cell in cells))
    return table
