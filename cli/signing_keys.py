"""`ostiary signing-keys`: the keys that sign access tokens."""

import typer

from auth_server.signing_keys import CACHE_SECONDS, RotationTooSoonError, ensure_signing_keys
from auth_server.signing_keys import rotate as rotate_keys
from cli.auth_database import auth_database
from cli.failures import stop
from cli.options import DataDir

app = typer.Typer(no_args_is_help=True, help="Keys that sign access tokens.")


@app.callback()
def group() -> None:
    """Keys that sign access tokens."""


@app.command("rotate")
def rotate(data_dir: DataDir = None) -> None:
    """Sign with the next key from now on; tokens already issued stay good until they expire."""
    try:
        with auth_database(data_dir) as database:
            seal = database.master_key.derive("auth signing keys")
            ensure_signing_keys(database.session, seal)
            kid = rotate_keys(database.session, seal)
    except RotationTooSoonError:
        stop(f"the next key must have been published for {CACHE_SECONDS} seconds; try again later")
    typer.echo(f"Tokens are signed with the key {kid} now, and another one is ready.")
