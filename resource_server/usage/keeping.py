"""Counts in the database: added up by the hour, and gone after a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import anyio
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session, col, delete, update

from resource_server.usage.counting import Kind, Sums, UseCounts
from resource_server.usage.tables import ToolUse
from shared.clock import now
from shared.database import unit_of_work

SECONDS = 5.0
"""Between two rounds; what a process counted since the last is lost if it is killed."""

ROUNDS_BETWEEN_CLEANING = 720

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class UseKeeping:
    """Stores what this process counts, and forgets what is older than `days`."""

    engine: Engine
    counts: UseCounts
    days: int

    async def run(self) -> None:
        """Works until the process ends, and once more then."""
        round_number = 0
        try:
            while True:
                if round_number % ROUNDS_BETWEEN_CLEANING == 0:
                    await anyio.to_thread.run_sync(self.forget_old)
                await anyio.sleep(SECONDS)
                await anyio.to_thread.run_sync(self.settle)
                round_number += 1
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self.settle)

    def settle(self) -> None:
        """Whatever was counted so far is in the database; what cannot be stored now is stored with the next."""
        taken = self.counts.take()
        if not taken:
            return
        try:
            with unit_of_work(self.engine) as session:
                add_uses(session, taken)
        except SQLAlchemyError as error:
            log.warning("uses_not_stored", error=type(error).__name__)
            self.counts.put_back(taken.items())

    def forget_old(self) -> None:
        """Of calls longer ago there is no count any more."""
        try:
            with unit_of_work(self.engine) as session:
                session.exec(delete(ToolUse).where(col(ToolUse.hour) < now() - timedelta(days=self.days)))
        except SQLAlchemyError as error:
            log.warning("old_uses_not_forgotten", error=type(error).__name__)

    def forget_person(self, user_id: str) -> None:
        """Nothing is known any more of what this person called."""
        self.settle()
        with unit_of_work(self.engine) as session:
            session.exec(delete(ToolUse).where(col(ToolUse.user_id) == user_id))


def add_uses(session: Session, counted: Mapping[Kind, Sums]) -> None:
    """Adds to what stands there; several processes may do so at once."""
    for kind, sums in counted.items():
        if not _add_to_row(session, kind, sums):
            try:
                with session.begin_nested():
                    session.add(_row(kind, sums))
            except IntegrityError:
                _add_to_row(session, kind, sums)


def _add_to_row(session: Session, kind: Kind, sums: Sums) -> bool:
    hour, used, outcome, latency = kind
    key = {"hour": hour, "user_id": used.user_id, "client_id": used.client_id, "server": used.server}
    key |= {"tool": used.tool, "outcome": outcome.value, "latency": latency}
    more = {name: col(getattr(ToolUse, name)) + value for name, value in vars(sums).items()}
    there = [col(getattr(ToolUse, name)) == value for name, value in key.items()]
    return bool(session.exec(update(ToolUse).where(*there).values(client_name=used.client_name, **more)).rowcount)


def _row(kind: Kind, sums: Sums) -> ToolUse:
    hour, used, outcome, latency = kind
    return ToolUse(hour=hour, outcome=outcome.value, latency=latency, **vars(used), **vars(sums))
