"""GET /servers: which servers a person's apps can reach, and how each of them is."""

from starlette.responses import Response
from starlette.routing import Route

from resource_server.web.site import Site
from resource_server.web.standing import servers_seen_by
from resource_server.web.visits import Visit
from shared.own_pages import SERVERS_PATH


def routes(site: Site) -> list[Route]:
    """The list."""

    async def servers_page(visit: Visit) -> Response:
        shown = await servers_seen_by(site.gateway, visit.person.user_id)
        return site.page(visit, "servers/servers.html", SERVERS_PATH, servers=shown)

    return [site.visits.get(SERVERS_PATH, servers_page)]
