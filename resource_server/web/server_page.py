"""The page of one server, for a person and for administrators: how it is, what changed, and what came of a form."""

from dataclasses import dataclass

from starlette.responses import Response

from resource_server.gateway.trial import Trial
from resource_server.gateway.upstream import Upstream
from resource_server.web.changed_tools import changed_tools
from resource_server.web.site import Site
from resource_server.web.standing import server_seen_by
from resource_server.web.visits import Visit


@dataclass(frozen=True)
class Outcome:
    """What came of a form: a sentence about what was entered, one about the name that was typed, or a trial."""

    problem: str = ""
    unnamed: str = ""
    trial: Trial | None = None

    @property
    def status(self) -> int:
        """Of the page that says it."""
        return 400 if self.problem or self.unnamed else 200


NOTHING_YET = Outcome()
NOT_ITS_NAME = Outcome(unnamed="That is not its name.")


async def server_page(
    site: Site, visit: Visit, upstream: Upstream, template: str, here: str, outcome: Outcome, **context: object
) -> Response:
    """The server as the person sees it; `here` is the path of its entry in the menu."""
    user_id = visit.person.user_id
    return site.page(
        visit,
        template,
        here,
        outcome.status,
        None,
        server=await server_seen_by(site.gateway, upstream, user_id),
        changes=await changed_tools(site.gateway, upstream, user_id),
        problem=outcome.problem,
        unnamed=outcome.unnamed,
        trial=outcome.trial,
        **context,
    )
