"""`ostiary gateway add`: a server by its URL, or by the command that starts it on this computer."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.failures import stop
from cli.gateway_secrets import given_secrets
from cli.gateway_servers import OwnUser, open_servers
from cli.options import DataDir
from resource_server.gateway.described import Described
from resource_server.gateway.upstream import Transport
from shared.server_acts import ServerAct

Headers = Annotated[
    list[str] | None,
    typer.Option("--header", help="`Name: value`, sent with each request; the name alone asks for the value."),
]
Variables = Annotated[
    list[str] | None,
    typer.Option("--env", help="`NAME=value`, for the command's environment; the name alone asks for the value."),
]
REACHED_BY = "Apps and keys that were given every server reach it; others do when they are given it after this."


class ByUrl(StrEnum):
    """How a server with a URL is spoken to."""

    HTTP = "http"
    SSE = "sse"


def add(
    name: Annotated[str, typer.Argument(help="What it is called here: lower-case words with single hyphens.")],
    what: Annotated[list[str], typer.Argument(help="Its URL; or `--` and a program with its arguments.")],
    transport: Annotated[ByUrl, typer.Option(help="Streamable HTTP, or the older server-sent events.")] = ByUrl.HTTP,
    header: Headers = None,
    env: Variables = None,
    ask_person: Annotated[
        list[str] | None,
        typer.Option(help="The header or variable that each person enters for themselves; several times if need be."),
    ] = None,
    user: OwnUser = "",
    data_dir: DataDir = None,
) -> None:
    """Add a server; running servers show it to apps whose grants reach it."""
    kind = _kind(what, transport, may_ask=not user, asks=bool(ask_person))
    with open_servers(data_dir, user) as servers:
        if servers.upstreams.named(name, servers.person) is not None:
            stop(f"there is a server {name!r} already; `ostiary gateway show {name}` shows it")
        line = () if kind is not Transport.STDIO else (_whole(what[0]), *what[1:])
        secrets = given_secrets(kind, header or (), env or ())
        described = Described(name, kind, "" if line else what[0], line, secrets, tuple(ask_person or ()))
        described.check()
        if not line:
            servers.check_reach(described.url)
        servers.upstreams.enlist(described, servers.person, noting=servers.noting(ServerAct.ADDED))
    whose, option = (f"for {user}", f" --user {user}") if user else ("for everybody", "")
    typer.echo(f"{name} is there {whose}; `ostiary gateway test {name}{option}` opens it.\n{REACHED_BY}")
    if ask_person:
        by_command = f"`ostiary gateway credential set {name} --user …`"
        typer.echo(f"Each person enters {', '.join(ask_person)} on their page of it, or by {by_command}.")


def _kind(what: list[str], transport: ByUrl, *, may_ask: bool, asks: bool) -> Transport:
    """How it is spoken to. What does not go together ends the command."""
    if asks and not may_ask:
        stop("a server of one person's own asks nobody else: --header and --env are theirs")
    if len(what) == 1 and "://" in what[0]:
        return Transport(transport.value)
    if transport is ByUrl.SSE:
        stop("a command is spoken to over its standard streams; --transport is for URLs")
    return Transport.STDIO


def _whole(program: str) -> str:
    """A path counts from here, not from wherever the server runs."""
    return str(Path(program).expanduser().absolute()) if "/" in program else program
