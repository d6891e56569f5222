"""GET /: says to people and to scripts what this is and where the MCP endpoint lies."""

from importlib.metadata import version

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from resource_server.pages import Pages
from resource_server.settings import Settings
from resource_server.transport.accept import prefers_page

ALLOWED = {"Allow": "GET, HEAD"}
BY_READER = {"Vary": "Accept"}


def routes(settings: Settings, pages: Pages) -> list[Route]:
    """The root; a client that was given the bare host reads there where to go."""
    facts = {
        "name": "Ostiary",
        "version": version("ostiary"),
        "mcp": settings.mcp_url,
        "authorization_server": settings.issuer,
        "health": f"{settings.mcp_origin}/health",
    }

    async def root(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        if prefers_page(accept):
            return pages.render("mcp/root.html", headers=BY_READER)
        if "text/event-stream" in accept:  # an MCP client that opens a stream at the bare host
            raise HTTPException(405, headers=ALLOWED)
        return JSONResponse(facts, headers=BY_READER)

    return [Route("/", root, methods=["GET"])]
