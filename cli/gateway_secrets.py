"""Headers and variables as commands take them: `Name: value`, or the name alone, and then the value is asked for."""

import sys
from collections.abc import Sequence

import typer

from cli.failures import stop
from resource_server.gateway.upstream import Transport


def given_secrets(transport: Transport, headers: Sequence[str], variables: Sequence[str]) -> dict[str, str]:
    """Names and values; one without a value is asked for, so that it stays out of the shell's history."""
    if transport is Transport.STDIO and headers:
        stop("a command takes --env NAME=value; headers are for servers with a URL")
    if transport is not Transport.STDIO and variables:
        stop("a server with a URL takes --header 'Name: value'; --env is for commands")
    sign = "=" if transport is Transport.STDIO else ":"
    return dict(_parted(one, sign) for one in [*headers, *variables])


def asked_value(name: str) -> str:
    """From the terminal without showing it, or the next line of standard input. The end of it ends the command."""
    if sys.stdin.isatty():
        typed: str = typer.prompt(name, hide_input=True)
        return typed
    line = sys.stdin.readline()
    if not line:
        stop(f"standard input has no line for {name}")
    return line.rstrip("\r\n")


def _parted(text: str, sign: str) -> tuple[str, str]:
    name, found, value = text.partition(sign)
    name = name.strip()
    return name, value.strip() if found and sign == ":" else value if found else asked_value(name)
