"""`ostiary clients create-service`: a program that acts in its own name, with client_credentials (RFC 6749 §4.4)."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from auth_server.administration.reach import reach
from auth_server.oauth.entered_clients import EnteredClient, UnusableDraftError
from auth_server.oauth.service_clients import METHODS, ServiceDraft, enter_service_client
from cli.auth_database import auth_database
from cli.failures import stop
from cli.options import AsJson, DataDir, ReadServers, Servers
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.server_words import UnreadableServerError, typed_servers

Names = list[str] | None


def create_service(
    name: Annotated[str, typer.Argument(help="What you will know the service by.")],
    read: Annotated[Names, typer.Option(help="A namespace of its own it may read; * for all.")] = None,
    write: Annotated[Names, typer.Option(help="A namespace of its own it may write; * for all.")] = None,
    server: Servers = None,
    server_read: ReadServers = None,
    admin: Annotated[bool, typer.Option("--admin", help="Let it administer this Ostiary by the API.")] = False,
    method: Annotated[str, typer.Option(help=f"How it proves who it is: {', '.join(METHODS)}.")] = METHODS[0],
    jwks: Annotated[Path | None, typer.Option(help="File with its public keys, for private_key_jwt.")] = None,
    jwks_uri: Annotated[str | None, typer.Option(help="Where its public keys are, for private_key_jwt.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Enter a program that acts in its own name; prints its client id and, this once, its secret."""
    keys = _read(jwks) if jwks is not None else None
    namespaces = NamespaceSet.of(*(read or ())), NamespaceSet.of(*(write or ()))
    try:
        access = MemoryAccess(*namespaces, servers=typed_servers(server or (), server_read or ()))
        with auth_database(data_dir) as database:
            draft = ServiceDraft(name, access, admin, method, keys, jwks_uri)
            entered = enter_service_client(database.session, draft)
    except (UnusableDraftError, UnreadableServerError) as wrong:
        stop(f"{wrong} `ostiary clients create-service --help` says how.")
    _print(entered, as_json=as_json)


def _print(entered: EnteredClient, *, as_json: bool) -> None:
    client, secret = entered.client, entered.secret
    if as_json:
        members = {"client_id": client.client_id, "client_secret": secret, "scope": client.scope}
        typer.echo(json.dumps({key: value for key, value in members.items() if value is not None}, indent=2))
        return
    typer.echo(f"{client.client_name} may connect now: {reach(client.details)}.\n\n  client id      {client.client_id}")
    if secret is not None:
        typer.echo(f"  client secret  {secret}\n\nThe secret is shown this once.")


def _read(jwks: Path) -> dict[str, Any]:
    """The JSON object in the file, or the end of the command."""
    try:
        keys = json.loads(jwks.read_text())
    except (OSError, ValueError, RecursionError):
        stop(f"{jwks} is no JSON file that can be read")
    if not isinstance(keys, dict):
        stop(f"{jwks} holds no set of keys (RFC 7517)")
    return keys
