"""How commands show accounts: a table and lines for people, JSON for scripts."""

import json
from dataclasses import asdict
from datetime import datetime

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from auth_server.administration.people_listing import ListedAccount, SignInWays
from auth_server.models import UserKind


def print_accounts(accounts: list[ListedAccount], *, as_json: bool) -> None:
    """All of them."""
    if as_json:
        typer.echo(json.dumps([asdict(account) for account in accounts], indent=2, default=datetime.isoformat))
    elif accounts:
        Console().print(_table(accounts))
    else:
        typer.echo("No account fits this.")


def print_account(account: ListedAccount, ways: SignInWays, *, as_json: bool) -> None:
    """One of them."""
    if as_json:
        members = asdict(account) | {"sign_in": asdict(ways)}
        typer.echo(json.dumps(members, indent=2, default=datetime.isoformat))
        return
    lines = [
        ("Account", account.called),
        ("Name", account.name if account.kind == UserKind.PERSON else ""),
        ("Is", ", ".join(_standing(account))),
        ("Since", f"{account.created_at:%Y-%m-%d}"),
        ("Last sign-in", _day(account.last_signed_in_at)),
        ("Opened by", ", ".join(_ways(ways))),
        ("Browsers", str(ways.browsers)),
        ("Apps", str(account.apps)),
        ("API keys", str(account.keys)),
        ("Id", account.id),
    ]
    for label, value in lines:
        if value:
            typer.echo(f"{label:<14}{value}")


def _table(accounts: list[ListedAccount]) -> Table:
    table = Table("Account", "Is", "Since", "Last sign-in", box=None, pad_edge=False)
    table.add_column("Apps", justify="right")
    table.add_column("Keys", justify="right")
    for account in accounts:
        is_what, since = ", ".join(_standing(account)), f"{account.created_at:%Y-%m-%d}"
        seen = _day(account.last_signed_in_at)
        cells = (account.called, is_what, since, seen, str(account.apps), str(account.keys))
        table.add_row(*(Text(cell, overflow="fold") for cell in cells))
    return table


def _standing(account: ListedAccount) -> list[str]:
    said = {"administrator": account.is_admin, "disabled": account.is_disabled}
    return [account.kind.value, *(word for word, is_said in said.items() if is_said)]


def _ways(ways: SignInWays) -> list[str]:
    password = ["password and a code" if ways.asks_code else "password"] if ways.has_password else []
    return [*password, *([f"passkeys: {ways.passkeys}"] if ways.passkeys else []), *ways.providers]


def _day(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d}" if instant is not None else ""
