"""The groups of commands, each imported when it is asked for: a server's start does not wait for the others."""

from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from typing import Any, NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

Command = TyperCommand | TyperGroup


class Place(NamedTuple):
    """Where a command is, and the sentence about it."""

    where: str
    """`module:name`; the name is a group's Typer or a function."""
    what: str
    """The same as the command's own, so that the page of all commands imports none of them."""


PLACES = {
    "up": Place("cli.up:up", "Start both servers, keep them running, and end them with one Ctrl-C."),
    "health": Place("cli.health:health", "Print a server's health document; exit code 1 unless it is well."),
    "doctor": Place(
        "cli.doctor:doctor",
        "Go the way of an app up to the sign-in, from outside; exit code 1 where no app would get further.",
    ),
    "serve": Place("cli.serve:app", "Run one of the two servers in the foreground."),
    "users": Place("cli.users:app", "People who may sign in."),
    "keys": Place("cli.keys:app", "API keys of people and services."),
    "api": Place("cli.api:app", "API keys, in the words of Kagura's guide; see `ostiary keys`."),
    "clients": Place("cli.clients:app", "Apps this installation knows."),
    "grants": Place("cli.grants:app", "What people allowed apps."),
    "trust": Place("cli.trust:app", "Who may be an app here; changes hold at once, without a restart."),
    "audit": Place("cli.audit:app", "What mattered for security: who did what, and when."),
    "bench": Place("cli.bench:app", "Measure how well memories are found, and how fast."),
    "memory": Place("cli.memory:app", "People's vaults: check, search, move, index anew."),
    "gateway": Place("cli.gateway:app", "Other MCP servers, reached through this one."),
    "worker": Place("cli.worker:worker", "Answer requests of a queue in Redis, until it is ended."),
    "signing-keys": Place("cli.signing_keys:app", "Keys that sign access tokens."),
    "resource-credential": Place("cli.credential:app", "The MCP server's credential at the authorization server."),
}
"""Each command, in the order of the help page."""


class ImportedCommands(MutableMapping[str, Command]):
    """Looks like the dictionary of commands that a group has, and imports one when it is taken out."""

    def __init__(self) -> None:
        self._imported: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        if name not in self._imported:
            self._imported[name] = _imported(name, PLACES[name].where)
        return self._imported[name]

    def __setitem__(self, name: str, command: Command) -> None:
        self._imported[name] = command

    def __delitem__(self, name: str) -> None:
        del self._imported[name]

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)

    def __contains__(self, name: object) -> bool:
        return name in PLACES


class GroupOnDemand(TyperGroup):
    """`ostiary` itself."""

    def __init__(self, **settings: Any) -> None:
        """The settings are Typer's."""
        super().__init__(**settings)
        self.commands = cast("dict[str, Any]", ImportedCommands())

    def list_commands(self, _context: object) -> list[str]:
        """In the order of the table."""
        return list(PLACES)

    def format_help(self, context: Any, formatter: Any) -> None:
        """The page of all commands, by the sentences of the table."""
        commands = self.commands
        self.commands = {name: TyperCommand(name, help=place.what) for name, place in PLACES.items()}
        super().format_help(context, formatter)
        self.commands = commands


def _imported(name: str, place: str) -> Command:
    module, _, attribute = place.partition(":")
    found: typer.Typer | Callable[..., None] = getattr(import_module(module), attribute)
    command = get_group(found) if isinstance(found, typer.Typer) else _alone(found)
    command.name = name
    return command


def _alone(function: Callable[..., None]) -> TyperCommand:
    single = typer.Typer(add_completion=False)
    single.command()(function)
    return cast("TyperCommand", get_command(single))
