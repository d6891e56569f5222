"""What people do to servers leaves a trace: who did what to which, never what was entered."""

import anyio
import structlog

from resource_server.gateway.acts import ServerActs
from resource_server.gateway.upstream import NOBODY, Upstream
from resource_server.web.people import Person
from shared.server_acts import ServerAct

log = structlog.get_logger(__name__)


async def note_act(acts: ServerActs, act: ServerAct, upstream: Upstream, person: Person) -> None:
    """A line in the log; of servers of everybody also an event of the audit log: which administrator it was."""
    whose = "everybody" if upstream.owner == NOBODY else "own"
    log.info("server_act", act=act.value, server=upstream.name, server_id=upstream.id, whose=whose, by=person.user_id)
    await anyio.to_thread.run_sync(acts.note, act, upstream, person.user_id)
