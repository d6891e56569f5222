"""The `ostiary` command: one file per group of commands, named in `cli.on_demand`."""

import os
from importlib.metadata import version
from typing import Annotated

import typer

from cli.on_demand import GroupOnDemand

app = typer.Typer(
    cls=GroupOnDemand,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback with local variables would show secrets
    help="Ostiary: the front door of your MCP world.",
)


def print_version(is_asked: bool) -> None:
    """`ostiary 0.1.0`, and nothing else happens."""
    if is_asked:
        typer.echo(f"ostiary {version('ostiary')}")
        raise typer.Exit


@app.callback()
def keep_files_private(
    _version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Whatever a command writes, databases and their journals too, is for this user alone."""
    os.umask(0o077)
