"""Tools of other servers that one grant's app always sees, also where the others have to be searched for."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import col, delete, select

from resource_server.gateway.tables import PinnedTool
from shared.database import unit_of_work

MOST_PINS = 50
"""Of one grant: a list of more is what searching is there to avoid."""

Pin = tuple[str, str]
"""The server's id, and the tool's own name, which stays the same when somebody renames the tool here."""


class TooManyPinsError(ValueError):
    """More than MOST_PINS."""


@dataclass(frozen=True)
class Pins:
    """Of everybody; each grant's are reached through whose grant it is."""

    engine: Engine

    def of(self, user_id: str, grant_id: str) -> frozenset[Pin]:
        """What is pinned for this grant of this person."""
        wanted = select(PinnedTool).where(PinnedTool.grant_id == grant_id, PinnedTool.user_id == user_id)
        with unit_of_work(self.engine, read_only=True) as session:
            return frozenset((one.server_id, one.tool) for one in session.exec(wanted))

    def put(self, user_id: str, grant_id: str, pins: Collection[Pin]) -> None:
        """These, and no others. Raises TooManyPinsError."""
        if len(set(pins)) > MOST_PINS:
            raise TooManyPinsError
        with unit_of_work(self.engine) as session:
            of_grant = col(PinnedTool.grant_id) == grant_id, col(PinnedTool.user_id) == user_id
            session.exec(delete(PinnedTool).where(*of_grant))
            for server_id, tool in set(pins):
                session.add(PinnedTool(grant_id=grant_id, user_id=user_id, server_id=server_id, tool=tool))

    def forget_grant(self, grant_id: str) -> None:
        """The grant has ended."""
        with unit_of_work(self.engine) as session:
            session.exec(delete(PinnedTool).where(col(PinnedTool.grant_id) == grant_id))

    def forget_person(self, user_id: str) -> None:
        """The person is erased."""
        with unit_of_work(self.engine) as session:
            session.exec(delete(PinnedTool).where(col(PinnedTool.user_id) == user_id))
