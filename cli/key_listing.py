"""How commands show API keys: a table and lines for people, JSON for scripts."""

import json
from dataclasses import dataclass

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlmodel import Session, col, select

from auth_server.keys.own_keys import ShownKey, Standing, shown_key
from auth_server.models import ApiKey, User
from shared.authorization_details import details_as_json
from shared.server_access import ALL

KEY_ID = 30
"""Columns of a key's id, which never folds, so that it can be copied."""


@dataclass(frozen=True)
class KeyLine:
    """One key, and whose it is."""

    shown: ShownKey
    owner: str
    owner_id: str
    details: list[dict[str, object]]

    @classmethod
    def of(cls, key: ApiKey, owner: User) -> "KeyLine":
        """What may be printed of it."""
        return cls(shown_key(key), owner_name(owner), owner.id, details_as_json(key.details))


def owner_name(owner: User) -> str:
    """A person's e-mail address, a service's name."""
    return owner.email if owner.is_person else f"the service {owner.name}"


def key_lines(session: Session, owner: User | None) -> list[KeyLine]:
    """The keys of everybody or of one owner, newest first."""
    joined = select(ApiKey, User).join(User).order_by(col(ApiKey.created_at).desc(), col(ApiKey.id))
    found = session.exec(joined if owner is None else joined.where(ApiKey.user_id == owner.id))
    return [KeyLine.of(key, whose) for key, whose in found]


def print_keys(lines: list[KeyLine], *, as_json: bool) -> None:
    """All of them."""
    if as_json:
        typer.echo(json.dumps([_plain(line) for line in lines], indent=2))
    elif lines:
        Console().print(_table(lines))
    else:
        typer.echo("There is no API key yet.")


def print_new_key(line: KeyLine, secret: str, *, as_json: bool) -> None:
    """The key that nobody can print again, whose it is and what it may do."""
    if as_json:
        typer.echo(json.dumps(_plain(line) | {"key": secret}, indent=2))
        return
    end = f"ends on {line.shown.expires_at:%Y-%m-%d}" if line.shown.expires_at else "does not end by itself"
    typer.echo(f"{line.shown.name} of {line.owner}: {line.shown.sentence}\n\n  {secret}\n")
    typer.echo(f"The key is shown this once. It {end}; its id is {line.shown.id}.")
    if said := _of_named_servers(line):
        typer.echo(said)


def _of_named_servers(line: KeyLine) -> str:
    """Decision 22: a name means the server that has it now. Empty where the key names none."""
    named = [str(detail["server"]) for detail in line.details if detail["type"] == "server" and detail["server"] != ALL]
    if not named:
        return ""
    until = f"`ostiary keys edit --id {line.shown.id} --same`"
    return f"A server that is added later, or again, as {' or '.join(sorted(named))} is not reached until {until}."


def _plain(line: KeyLine) -> dict[str, object]:
    shown = line.shown
    return {
        "id": shown.id,
        "name": shown.name,
        "hint": shown.hint,
        "owner": line.owner,
        "user_id": line.owner_id,
        "scope": shown.scope,
        "authorization_details": line.details,
        "state": shown.standing.value,
        "created_at": shown.created_at.isoformat(),
        "last_used_at": shown.last_used_at.isoformat() if shown.last_used_at else None,
        "expires_at": shown.expires_at.isoformat() if shown.expires_at else None,
        "revoked_at": shown.revoked_at.isoformat() if shown.revoked_at else None,
    }


def _table(lines: list[KeyLine]) -> Table:
    table = Table("Name", box=None, pad_edge=False)
    table.add_column("Id", width=KEY_ID)
    table.add_column("Whose")
    table.add_column("State")
    for line in lines:
        cells = (line.shown.name, line.shown.id, line.owner, _state(line.shown))
        # People choose the names: as Text, what looks like markup stays what it is.
        table.add_row(*(Text(cell, overflow="fold") for cell in cells))
    return table


def _state(shown: ShownKey) -> str:
    if shown.standing is Standing.REVOKED:
        return "revoked"
    end = f" {shown.expires_at:%Y-%m-%d}" if shown.expires_at else ""
    if shown.standing is Standing.EXPIRED:
        return f"expired{end}"
    return f"works until{end}" if end else "works"
