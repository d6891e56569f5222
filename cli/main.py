"""The `ostiary` command."""

import typer

app = typer.Typer(no_args_is_help=True, help="Ostiary: the front door of your MCP world.")
