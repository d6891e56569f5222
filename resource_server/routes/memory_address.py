"""GET /memories/…: says what the address of a memory is. It asks nobody who they are, and looks nothing up."""

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from resource_server.memory_addresses import PATH
from resource_server.pages import Pages


def routes(pages: Pages) -> list[Route]:
    """One page, the same for every id: it cannot tell whether there is a memory."""

    async def memory_address(_request: Request) -> HTMLResponse:
        return pages.render("memory/address.html")

    return [Route(f"{PATH}{{memory_id}}", memory_address)]
