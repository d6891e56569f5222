"""A tool that is not what it was when it was accepted is hidden until a person accepts it again.

What a model reads of a tool decides what it does: a description that changes later is how a server would turn on those
who trusted it ("rug pull").
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from resource_server.gateway.digests import digest_of, read_by_models
from resource_server.gateway.listing import Definition, Listing
from resource_server.gateway.tables import AcceptedTool
from shared.clock import now
from shared.database import unit_of_work

AT_ONCE = 100
MOST_KEPT = 5_000
"""So many tools of one server are remembered for one person; what a server invents beyond them waits to be accepted."""
LONGEST = 64 * 1024
"""Characters of one tool: a longer one is as one too many."""


class NotKeptError(Exception):
    """The database is busy with others for too long: what is new waits."""


@dataclass(frozen=True)
class Acceptance:
    """What was accepted, for each server and viewer: the person the server belongs to, or whoever is shown it."""

    engine: Engine
    _writing: Lock = field(default_factory=Lock, repr=False, compare=False)
    """One of this process writes at a time: SQLite lets those who wait for its lock starve."""

    def accepted_by(self, viewer: str) -> dict[str, dict[str, str]]:
        """The digests of what a person accepted, by server and tool."""
        wanted = select(AcceptedTool.server_id, AcceptedTool.tool, AcceptedTool.digest)
        found: dict[str, dict[str, str]] = {}
        with unit_of_work(self.engine, read_only=True) as session:
            for server_id, tool, digest in session.exec(wanted.where(AcceptedTool.viewer == viewer)):
                found.setdefault(server_id, {})[tool] = digest
        return found

    def changed(self, server_id: str, viewer: str, listing: Listing, accepted: Mapping[str, str]) -> frozenset[str]:
        """The names of tools that changed since they were `accepted`. What is seen for the first time is accepted.

        Raises NotKeptError where that cannot be written now.
        """
        digests = listing.digests
        new = sorted(digests.keys() - accepted.keys())
        short = [name for name in new if _length(listing.tools[name]) <= LONGEST]
        if kept := short[: max(0, MOST_KEPT - len(accepted))]:
            self._keep(server_id, viewer, {name: listing.tools[name] for name in kept}, replaces=False)
        changed = {name for name, digest in digests.items() if accepted.get(name, digest) != digest}
        return frozenset(changed | (set(new) - set(kept)))

    def before(self, server_id: str, viewer: str, names: Iterable[str]) -> dict[str, Definition]:
        """Those tools as they were accepted, to show what changed."""
        wanted = set(names)
        with unit_of_work(self.engine, read_only=True) as session:
            rows = session.exec(_accepted(server_id, viewer)).all()
            return {row.tool: row.definition for row in rows if row.tool in wanted}

    def outdated(self, server_id: str, tools: Mapping[str, Definition]) -> dict[str, dict[str, Definition]]:
        """For each viewer, the tools that changed since they were accepted, as they were then."""
        with unit_of_work(self.engine, read_only=True) as session:
            rows = session.exec(select(AcceptedTool).where(AcceptedTool.server_id == server_id)).all()
        digests = {name: digest_of(tool) for name, tool in tools.items()}
        found: dict[str, dict[str, Definition]] = {}
        for row in rows:
            if digests.get(row.tool, row.digest) != row.digest:
                found.setdefault(row.viewer, {})[row.tool] = row.definition
        return found

    def accept(self, server_id: str, viewer: str, tools: Mapping[str, Definition]) -> None:
        """As they are now. Raises NotKeptError."""
        self._keep(server_id, viewer, tools, replaces=True)

    def _keep(self, server_id: str, viewer: str, tools: Mapping[str, Definition], *, replaces: bool) -> None:
        """Some at a time: whoever else writes waits for none of the thousands that a server may list."""
        names = sorted(tools)
        for some in (names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE)):
            digests = {name: digest_of(tools[name]) for name in some}
            with self._written() as session:
                wanted = _accepted(server_id, viewer).where(col(AcceptedTool.tool).in_(some))
                rows = {row.tool: row for row in session.exec(wanted)}
                for name in some if replaces else [one for one in some if one not in rows]:
                    row = rows.get(name) or AcceptedTool(server_id=server_id, viewer=viewer, tool=name, digest="")
                    row.digest, row.definition, row.accepted_at = digests[name], read_by_models(tools[name]), now()
                    session.add(row)

    @contextmanager
    def _written(self) -> Iterator[Session]:
        with self._writing:
            try:
                with unit_of_work(self.engine) as session:
                    yield session
            except OperationalError as error:
                raise NotKeptError from error


def _length(tool: Definition) -> int:
    return len(json.dumps(read_by_models(tool)))


def _accepted(server_id: str, viewer: str) -> SelectOfScalar[AcceptedTool]:
    return select(AcceptedTool).where(AcceptedTool.server_id == server_id, AcceptedTool.viewer == viewer)
