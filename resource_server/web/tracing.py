"""What people do to servers leaves a line in the log: who did what to which, never what was entered."""

import structlog

from resource_server.gateway.upstream import NOBODY, Upstream
from resource_server.web.people import Person

log = structlog.get_logger(__name__)


def note_act(act: str, upstream: Upstream, person: Person) -> None:
    """One line; of servers for everybody it says who of the administrators it was."""
    whose = "everybody" if upstream.owner == NOBODY else "own"
    log.info("server_act", act=act, server=upstream.name, server_id=upstream.id, whose=whose, by=person.user_id)
