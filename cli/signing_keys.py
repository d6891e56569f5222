"""`ostiary signing-keys`: the keys that sign access tokens."""

import json
from dataclasses import asdict
from datetime import datetime

import typer
from rich.console import Console
from rich.table import Table

from auth_server.signing_key_administration import (
    ListedKey,
    NotRetiredError,
    UnknownSigningKeyError,
    retire_at_once,
    signing_keys,
)
from auth_server.signing_keys import RotationTooSoonError, ensure_signing_keys
from auth_server.signing_keys import rotate as rotate_keys
from cli.auth_database import AuthDatabase, auth_database
from cli.failures import stop
from cli.options import AsJson, DataDir

app = typer.Typer(no_args_is_help=True, help="Keys that sign access tokens.")
TIME = "%Y-%m-%d %H:%M:%S"


@app.callback()
def group() -> None:
    """Keys that sign access tokens."""


@app.command("list")
def list_keys(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show the key that signs, the next one, and those that are published until their last token ends."""
    with auth_database(data_dir) as database:
        _ensure(database)
        found = signing_keys(database.session, database.settings.signing_key_days)
    if as_json:
        typer.echo(json.dumps([asdict(key) for key in found.keys], indent=2, default=_as_text))
        return
    Console().print(_table(found.keys))
    if found.due_at is not None:
        typer.echo(f"The next key takes over by itself at {found.due_at:{TIME}} UTC, while a server runs.")


@app.command("rotate")
def rotate(data_dir: DataDir = None) -> None:
    """Sign with the next key from now on; tokens already issued stay good until they expire."""
    try:
        with auth_database(data_dir) as database:
            kid = rotate_keys(database.session, _ensure(database))
    except RotationTooSoonError as wrong:
        stop(f"the next key is too new, not everybody knows it; try again at {wrong.possible_at:{TIME}} UTC")
    typer.echo(f"Tokens are signed with the key {kid} now, and another one is ready.")


@app.command("retire", context_settings={"ignore_unknown_options": True})  # a key may be called -8b…
def retire(kid: str, data_dir: DataDir = None) -> None:
    """End a key that signs no more; every access token it signed is refused within five minutes."""
    try:
        with auth_database(data_dir) as database:
            retire_at_once(database.session, kid)
    except UnknownSigningKeyError:
        stop("no published key has this name; `ostiary signing-keys list` shows them")
    except NotRetiredError:
        stop("this key is in use; run `ostiary signing-keys rotate` first")
    typer.echo(f"The key {kid} is gone. Within five minutes no token that it signed opens anything.")


def _ensure(database: AuthDatabase) -> bytes:
    """The keys exist; gives the key that seals them."""
    seal = database.master_key.derive("auth signing keys")
    ensure_signing_keys(database.session, seal)
    database.session.flush()
    return seal


def _table(keys: tuple[ListedKey, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("Key", "State", "Since (UTC)", "Published until (UTC)"):
        table.add_column(heading, overflow="fold")
    for key in keys:
        since = key.retired_at or key.activated_at or key.created_at
        until = f"{key.published_until:{TIME}}" if key.published_until else ""
        table.add_row(key.kid, key.state, f"{since:{TIME}}", until)
    return table


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
