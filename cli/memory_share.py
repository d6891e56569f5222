"""`ostiary memory share`: namespaces that several people share. Apps have no tool for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlmodel import col, select

from cli.accounts import known_account
from cli.auth_database import auth_database
from cli.failures import stop
from cli.memory_vaults import open_sharing
from cli.options import AsJson, DataDir
from cli.shared_namespaces import share_named
from resource_server.memory.records import StoreBusyError
from resource_server.memory.sharing.managing import Sharing, SharingError
from resource_server.memory.sharing.membership import Role
from resource_server.models import SharedMember, SharedNamespace
from shared.database import unit_of_work

app = typer.Typer(no_args_is_help=True, help="Namespaces that several people share.")
Share = Annotated[str, typer.Argument(help="The shared namespace: its name, or its id where several have that name.")]
Who = Annotated[str, typer.Argument(help="The e-mail address of a person.")]
GivenRole = Annotated[Role, typer.Option("--role", help="What they may do.")]
Label = Annotated[str, typer.Option(help="What the others see of them; without it their name or e-mail address.")]


@app.callback()
def group() -> None:
    """Namespaces that several people share."""


@dataclass(frozen=True)
class Account:
    """Somebody, and what the other members see of them."""

    id: str
    label: str


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="A lower-case name such as our-home.")],
    owner: Annotated[str, typer.Option(help="The e-mail address of whom it belongs to.")],
    label: Label = "",
    data_dir: DataDir = None,
) -> None:
    """Make a namespace that can be shared; it begins empty, with its owner as the only member."""
    whose = _account(owner, label, data_dir)
    with _sharing(data_dir) as sharing:
        share = sharing.create(name, whose.id, whose.label)
    typer.echo(f"{name} is {whose.label}'s to share ({share.id}); `ostiary memory share add {name} …` adds people.")


@app.command("list")
def list_all(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List shared namespaces and who shares them; never what they hold."""
    with _sharing(data_dir) as sharing:
        found = _listed(sharing.engine)
    if as_json:
        typer.echo(json.dumps([_plain(share, members) for share, members in found], indent=2))
        return
    for share, members in found:
        typer.echo(f"{share.name}  {share.id}")
        for member in members:
            shown = f", who sees it as {member.name}" if member.name != share.name else ""
            typer.echo(f"  {member.role:<7} {member.label}{shown}")
    if not found:
        typer.echo("Nothing is shared; `ostiary memory share create` begins it.")


@app.command("add")
def add(
    share: Share,
    who: Who,
    role: GivenRole = Role.READER,
    name: Annotated[str, typer.Option("--as", help="What it is called for them, where the name is taken.")] = "",
    label: Label = "",
    data_dir: DataDir = None,
) -> None:
    """Let somebody share it: readers read, writers also store, change and delete."""
    whom = _account(who, label, data_dir)
    with _sharing(data_dir) as sharing:
        member = sharing.add(share_named(sharing.engine, share).id, whom.id, role, whom.label, name)
    typer.echo(f"{member.label} shares it as a {member.role}, under the name {member.name}.")
    typer.echo("Apps that may reach every namespace, or one of that name, reach it from now on.")


@app.command("remove")
def remove(share: Share, who: Who, data_dir: DataDir = None) -> None:
    """Take it from somebody: their apps' next call does not find it; what they wrote stays."""
    whom = _account(who, "", data_dir)
    with _sharing(data_dir) as sharing:
        sharing.remove(share_named(sharing.engine, share).id, whom.id)
    typer.echo(f"{who} does not share it any more.")


@app.command("role")
def role(
    share: Share,
    who: Who,
    role: Annotated[Role, typer.Argument(help="Whoever becomes the owner makes the present one a writer.")],
    data_dir: DataDir = None,
) -> None:
    """Give a member another role."""
    whom = _account(who, "", data_dir)
    with _sharing(data_dir) as sharing:
        sharing.set_role(share_named(sharing.engine, share).id, whom.id, role)
    typer.echo(f"{who} is {'its owner' if role is Role.OWNER else f'a {role}'} now.")


@app.command("delete")
def delete(
    share: Share,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Destroy it for everybody: its key, and every memory in it."""
    with _sharing(data_dir) as sharing:
        found = share_named(sharing.engine, share)
        if (
            not yes
            and typer.prompt(f"Everything in {found.name} is destroyed. Type {found.name} to go on") != found.name
        ):
            stop(f"{found.name} was not deleted")
        sharing.delete(found.id)
    typer.echo(f"{found.name} is destroyed.")


@contextmanager
def _sharing(data_dir: Path | None) -> Iterator[Sharing]:
    """What cannot be done ends the command with one line."""
    with open_sharing(data_dir) as sharing:
        try:
            yield sharing
        except SharingError as refused:
            stop(str(refused))
        except StoreBusyError:
            stop("the vault is in use; try again in a moment")


def _account(who: str, label: str, data_dir: Path | None) -> Account:
    with auth_database(data_dir) as database:
        user = known_account(database, who)
        return Account(user.id, label or user.name or user.email or who)


def _listed(engine: Engine) -> list[tuple[SharedNamespace, list[SharedMember]]]:
    with unit_of_work(engine, read_only=True) as session:
        shares = session.exec(
            select(SharedNamespace).order_by(col(SharedNamespace.name), col(SharedNamespace.id))
        ).all()
        members = session.exec(select(SharedMember).order_by(col(SharedMember.joined_at))).all()
    return [(share, [member for member in members if member.share_id == share.id]) for share in shares]


def _plain(share: SharedNamespace, members: list[SharedMember]) -> dict[str, object]:
    listed = [member.model_dump(mode="json", exclude={"share_id"}) for member in members]
    return share.model_dump(mode="json") | {"members": listed}
