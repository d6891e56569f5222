"""Shared namespaces as commands name them, and who their members are."""

from sqlalchemy import Engine
from sqlmodel import select

from cli.failures import stop
from resource_server.models import SharedMember, SharedNamespace
from shared.database import unit_of_work


def share_named(engine: Engine, named: str) -> SharedNamespace:
    """The one with this name or id. None, or several, end the command."""
    with unit_of_work(engine, read_only=True) as session:
        fits = (SharedNamespace.id == named) | (SharedNamespace.name == named)
        found = list(session.exec(select(SharedNamespace).where(fits)))
    if len(found) != 1:
        how = "several shared namespaces are" if found else "no shared namespace is"
        stop(f"{how} called {named}; `ostiary memory share list` shows them with their ids")
    return found[0]


def labels_in(engine: Engine, share_id: str) -> dict[str, str]:
    """What members see of each other, by their ids."""
    with unit_of_work(engine, read_only=True) as session:
        members = session.exec(select(SharedMember).where(SharedMember.share_id == share_id)).all()
    return {member.user_id: member.label for member in members}
