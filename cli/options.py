"""Options that several commands share, and how they reach the settings: as environment variables."""

import os
from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder that holds all state (OSTIARY_DATA_DIR, default: data).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Servers = Annotated[
    list[str] | None,
    typer.Option(
        "--server", help="Another server whose tools it may use: github, or github=search,read_file; * for all."
    ),
]
ReadServers = Annotated[
    list[str] | None,
    typer.Option("--server-read", help="The same, of tools alone that say that they change nothing."),
]


def set_environment(**values: object) -> None:
    """Puts the given options where the settings read them; one that was not given leaves the environment alone."""
    for name, value in values.items():
        if value is not None:
            os.environ[name] = str(value)
