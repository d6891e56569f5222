"""`ostiary memory ledger`: what apps read and wrote in somebody's memory, for who keeps this machine."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.failures import stop
from cli.memory_vaults import Share, User, open_vaults
from cli.options import AsJson, DataDir
from resource_server.memory.ledger import Action, Entry, WantedEntries, as_plain, entries
from resource_server.memory.sharing.membership import FORMER
from shared.authorization_details import NamespaceSet

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
App = Annotated[str | None, typer.Option("--app", help="Only this app's: its client id or its name.")]
Since = Annotated[datetime | None, typer.Option(formats=FORMATS, help="Only from then on, in UTC.")]
Until = Annotated[datetime | None, typer.Option(formats=FORMATS, help="Only before then, in UTC.")]


def ledger(
    user: User = "",
    share: Share = "",
    app: App = None,
    action: Annotated[Action | None, typer.Option(help="Only readings, writes, or calls of other servers.")] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many entries at most.")] = 50,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show which app read and wrote what, newest first; questions are shown as apps put them."""
    wanted = WantedEntries(
        NamespaceSet(everything=True), app=app, action=action, since=_in_utc(since), until=_in_utc(until)
    )
    if not user and not share:
        stop("Name whose ledger to show, with --user or --share.")
    with open_vaults(data_dir, user, share) as opened:
        found, _ = opened.the_one().read(lambda held: entries(held, wanted, None, limit))
        persons = [opened.labels.get(entry.author.person, FORMER) if share else "" for entry in found]
    if as_json:
        told = [as_plain(entry) | ({"person": of} if share else {}) for entry, of in zip(found, persons, strict=True)]
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(map(_line, found, persons)) or "The ledger has no such entry.")


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


def _line(entry: Entry, person: str) -> str:
    """When, what, who, where; the question stands below, for it may be long."""
    author, count = entry.author, _memories(len(entry.memory_ids))
    app = (author.client_name or author.client_id) + (f" of {person}" if person else "")
    where = f" · in {', '.join(entry.namespaces)}" if entry.namespaces else ""
    line = f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.action.value:<6} {app} · {author.tool}{where} · {count}"
    return _shown(line) + (f"\n    {_shown(entry.question)}" if entry.question else "")


def _shown(text: str) -> str:
    """On one line, and nothing that a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in text)


def _memories(count: int) -> str:
    return "1 memory" if count == 1 else f"{count or 'no'} memories"
