"""What people do to servers leaves a trace: who did what to which, never what was entered."""

import structlog

from resource_server.gateway.acts import Noting, noting
from resource_server.gateway.upstream import NOBODY, Upstream
from resource_server.web.people import Person
from shared.server_acts import ServerAct

log = structlog.get_logger(__name__)


def noted(act: ServerAct, person: Person) -> Noting:
    """Of servers of everybody, for the audit log: which administrator it was."""
    return noting(act, person.user_id)


def log_act(act: ServerAct, upstream: Upstream, person: Person) -> None:
    """A line in the log."""
    whose = "everybody" if upstream.owner == NOBODY else "own"
    log.info("server_act", act=act.value, server=upstream.name, server_id=upstream.id, whose=whose, by=person.user_id)
