"""/servers: which servers a person's apps can reach, how each of them is, and one more of their own."""

from functools import partial

import anyio
from starlette.responses import Response
from starlette.routing import Route

from resource_server.gateway.adding import Adding
from resource_server.gateway.upstream import InvalidServerError
from resource_server.web.entered import PAIRS, described_by_url
from resource_server.web.site import Site
from resource_server.web.standing import servers_seen_by
from resource_server.web.tracing import log_act
from resource_server.web.visits import Visit, see_other
from shared.own_pages import SERVERS_PATH
from shared.server_acts import ServerAct

DONE = {
    "removed": "The server is removed, with everything you entered for it.",
}


def routes(site: Site) -> list[Route]:
    """The list, and the form on it."""

    async def page(visit: Visit, problem: str = "", status: int = 200) -> Response:
        return site.page(
            visit,
            "servers/servers.html",
            SERVERS_PATH,
            status,
            servers=await servers_seen_by(site.gateway, visit.person.user_id),
            said=visit.said(DONE),
            problem=problem,
            entered=visit.form,
            pairs=PAIRS,
        )

    async def add(visit: Visit) -> Response:
        adding = Adding(site.gateway.upstreams, site.gateway.ways.clients)
        try:
            described = described_by_url(visit.form)
            if described.asks:
                raise InvalidServerError("A server of your own asks nobody else: enter what it gets here.")
            upstream = await anyio.to_thread.run_sync(partial(adding.add, described, visit.person.user_id))
        except InvalidServerError as wrong:
            return await page(visit, str(wrong), 400)
        log_act(ServerAct.ADDED, upstream, visit.person)
        return see_other(f"{SERVERS_PATH}/{upstream.name}?done=added")

    return [site.visits.get(SERVERS_PATH, page), site.visits.post(SERVERS_PATH, add)]
