"""The server that a page is about, for who keeps it: administrators those of everybody, people their own."""

import anyio

from resource_server.gateway.gateway import Gateway
from resource_server.gateway.links import Viewer
from resource_server.gateway.upstream import Upstream
from resource_server.web.problems import no_such_page
from resource_server.web.visits import Visit


async def everybodys(gateway: Gateway, visit: Visit) -> Upstream:
    """As the administrator sees it. Raises PageProblem 403 and 404."""
    visit.ensure_manages()
    name = visit.parameter("name")
    upstream = await anyio.to_thread.run_sync(gateway.upstreams.named, name)
    if upstream is None:
        raise no_such_page()
    viewer = Viewer(visit.person.user_id, "")
    return (await gateway.named(viewer, name) or upstream) if upstream.is_enabled else upstream


async def seen_by_person(gateway: Gateway, visit: Visit) -> Upstream:
    """Everybody's or their own. Raises PageProblem 404 for a name that is none of theirs."""
    upstream = await gateway.named(Viewer(visit.person.user_id, ""), visit.parameter("name"))
    if upstream is None:
        raise no_such_page()
    return upstream


async def persons_own(gateway: Gateway, visit: Visit) -> Upstream:
    """Raises PageProblem 404 for everybody's, too."""
    upstream = await seen_by_person(gateway, visit)
    if upstream.owner != visit.person.user_id:
        raise no_such_page()
    return upstream
