"""The pages of signed-in people: one file a page."""

from starlette.routing import Route

from resource_server.routes.web import connect, servers, usage
from resource_server.web.site import Site, entrance_routes


def web_routes(site: Site) -> list[Route]:
    """All of them."""
    return [*entrance_routes(site), *connect.routes(site), *servers.routes(site), *usage.routes(site)]
