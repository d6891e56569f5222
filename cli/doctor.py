"""`ostiary doctor`: goes an app's way from outside and says in words where it ends."""

from typing import Annotated

import httpx2
import typer

from cli.connection_walk import LONGEST, WrongTurnError, walk
from cli.failures import load
from resource_server.settings import Settings

TRACES = "Refusals that the server logged meanwhile are of this command; they are no app's."


def doctor(
    url: Annotated[str, typer.Argument(help="The address that apps are given; OSTIARY_MCP_URL unless named.")] = "",
) -> None:
    """Go the way of an app up to the sign-in, from outside; exit code 1 where no app would get further."""
    url = url or load(Settings).mcp_url
    try:
        with httpx2.Client(timeout=LONGEST) as http:
            for sentence in walk(http, url):
                typer.echo(sentence)
    except WrongTurnError as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(1) from None
    finally:
        typer.echo(TRACES, err=True)
