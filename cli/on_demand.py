"""The groups of commands, each imported when it is asked for: a server's start does not wait for the others."""

from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

Command = TyperCommand | TyperGroup

PLACES = {
    "up": "cli.up:up",
    "health": "cli.health:health",
    "doctor": "cli.doctor:doctor",
    "serve": "cli.serve:app",
    "users": "cli.users:app",
    "keys": "cli.keys:app",
    "api": "cli.api:app",
    "clients": "cli.clients:app",
    "grants": "cli.grants:app",
    "trust": "cli.trust:app",
    "audit": "cli.audit:app",
    "bench": "cli.bench:app",
    "memory": "cli.memory:app",
    "gateway": "cli.gateway:app",
    "signing-keys": "cli.signing_keys:app",
    "resource-credential": "cli.credential:app",
}
"""Each command as `module:name`, in the order of the help page; the name is a group's Typer or a function."""


class ImportedCommands(MutableMapping[str, Command]):
    """Looks like the dictionary of commands that a group has, and imports one when it is taken out."""

    def __init__(self) -> None:
        self._imported: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        if name not in self._imported:
            self._imported[name] = _imported(name, PLACES[name])
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
