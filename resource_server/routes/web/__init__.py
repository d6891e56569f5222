"""The pages of signed-in people: one file a page."""

from starlette.routing import Route

from resource_server.routes.web import commands, connect, managed, managed_server, server, servers, shaped_tool, usage
from resource_server.web.site import Site, entrance_routes

PAGES = (connect, servers, server, managed, managed_server, commands, shaped_tool, usage)


def web_routes(site: Site) -> list[Route]:
    """All of them."""
    return [*entrance_routes(site), *(route for page in PAGES for route in page.routes(site))]
