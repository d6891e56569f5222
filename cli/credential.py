"""`ostiary resource-credential`: what the MCP server shows the authorization server."""

import typer

from auth_server.resource_servers import rotate_credential
from cli.auth_database import auth_database
from cli.options import DataDir

app = typer.Typer(no_args_is_help=True, help="The MCP server's credential at the authorization server.")


@app.callback()
def group() -> None:
    """The MCP server's credential at the authorization server."""


@app.command("rotate")
def rotate(data_dir: DataDir = None) -> None:
    """Write a new credential file, which a running MCP server reads by itself; the old one works another hour."""
    with auth_database(data_dir) as database:
        path = rotate_credential(database.session, database.settings)
    typer.echo(f"The new credential is in {path.absolute()}.")
