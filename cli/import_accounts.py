"""To whom imported memories go: exports may hold those of several users of the other product."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import typer

from cli.failures import stop
from cli.memory_person import account_ids
from cli.options import DataDir
from resource_server.memory.importers.imported import Format, Found
from resource_server.memory.importers.material import LeftOut, Material

ANYBODY = "*"


@dataclass(frozen=True)
class Destination:
    """An account, the old users whose memories it gets (`*` for all), and how many records there are."""

    name: str
    user_id: str
    owners: frozenset[str | None]
    records: int

    def of(self, found: Iterator[Found]) -> Iterator[Found]:
        """What is for this account. What cannot be read is reported to each."""
        for one in found:
            if isinstance(one, LeftOut) or ANYBODY in self.owners or one.owner in self.owners:
                yield one


def destinations(found: Format, material: Material, user: str, maps: list[str], data_dir: DataDir) -> list[Destination]:
    """One for each account. Several old users without a map end the command: their memories are not mixed."""
    owners: Counter[str | None] = Counter(
        None if isinstance(one, LeftOut) else one.owner for one in found.read(material)
    )
    named = sorted(owner for owner in owners if owner is not None)
    if maps:
        return _mapped(owners, _parsed(maps, named), user, data_dir)
    if not user:
        stop("name the person with --user, or several with --map OLD=EMAIL")
    if len(named) > 1:
        stop(f"there are several users in it, {', '.join(named[:20])}; say whose account each is with --map OLD=EMAIL")
    [user_id] = account_ids([user], data_dir)
    return [Destination(user, user_id, frozenset({ANYBODY}), owners.total())]


def _parsed(maps: list[str], named: list[str]) -> dict[str, str]:
    """Accounts by old user id."""
    accounts = {}
    for one in maps:
        old, _, account = one.rpartition("=")
        if not old or not account:
            stop(f"--map {one} is not of the form OLD=EMAIL")
        if old not in named:
            stop(f"nothing in it belongs to a user {old}; there are {', '.join(named[:20]) or 'no users named'}")
        accounts[old] = account
    return accounts


def _mapped(owners: Counter[str | None], accounts: dict[str, str], user: str, data_dir: DataDir) -> list[Destination]:
    """What belongs to nobody goes to `user`, where one is named, and is left alone otherwise."""
    wanted: dict[str, set[str | None]] = {}
    for old, account in accounts.items():
        wanted.setdefault(account, set()).add(old)
    if user:
        wanted.setdefault(user, set()).add(None)
    _say_who_is_left(owners, set().union(*wanted.values()))
    ids = account_ids(list(wanted), data_dir)
    return [
        Destination(account, user_id, frozenset(olds), sum(owners[old] for old in olds))
        for (account, olds), user_id in zip(wanted.items(), ids, strict=True)
    ]


def _say_who_is_left(owners: Counter[str | None], wanted: set[str | None]) -> None:
    for owner in sorted(str(owner) for owner in owners if owner is not None and owner not in wanted):
        typer.echo(f"Not imported: {owners[owner]} of {owner}, for whom there is no --map.", err=True)
