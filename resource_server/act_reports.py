"""Tells the authorization server's audit log what administrators did to servers; what it has not heard waits."""

from dataclasses import dataclass

import anyio
import structlog

from resource_server.authorization.auth_client import AuthClient, ToldAct
from resource_server.authorization.errors import UnavailableError
from resource_server.gateway.acts import ServerActs
from resource_server.gateway.tables import NotedAct

SECONDS = 2.0
"""Between two looks at the queue, to which commands add, too."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ActReports:
    """Every process tells; the id of an act has the log take it once."""

    client: AuthClient
    acts: ServerActs

    async def run(self) -> None:
        """Works for ever."""
        while True:
            await self.report()
            await anyio.sleep(SECONDS)

    async def report(self) -> None:
        """Tells what waits, oldest first; an act leaves the queue once it stands in the log."""
        waiting = await anyio.to_thread.run_sync(self.acts.waiting)
        if not waiting:
            return
        try:
            await self.client.tell_acts([_told(one) for one in waiting])
        except UnavailableError:
            log.warning("acts wait for the audit log", acts=len(waiting))
            return
        await anyio.to_thread.run_sync(self.acts.told, waiting)


def _told(act: NotedAct) -> ToldAct:
    return ToldAct(
        id=act.id,
        act=act.act,
        server=act.server,
        server_id=act.server_id,
        transport=act.transport,
        by=act.user_id,
        client_id=act.client_id,
        person=act.person,
        happened=act.created_at.isoformat(),
    )
