"""GET /: says to people and to scripts what this is and where the MCP endpoint lies."""

from html import escape
from importlib.metadata import version

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from resource_server.settings import Settings

ALLOWED = {"Allow": "GET, HEAD"}
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ostiary</title>
<h1>Ostiary</h1>
<p>This is a memory server for AI apps. Add this address to your app as a remote MCP server:</p>
<p><code>{mcp_url}</code></p>
<p>Your app will open <a href="{account}">{issuer}</a> for you to sign in and to decide what it may do.</p>
</html>
"""


def routes(settings: Settings) -> list[Route]:
    """The root; a client that was given the bare host reads there where to go."""
    facts = {
        "name": "Ostiary",
        "version": version("ostiary"),
        "mcp": settings.mcp_url,
        "authorization_server": settings.issuer,
        "health": f"{settings.mcp_origin}/health",
    }
    names = {"mcp_url": settings.mcp_url, "issuer": settings.issuer, "account": f"{settings.issuer}/account/apps"}
    page = PAGE.format(**{name: escape(value) for name, value in names.items()})

    async def root(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        if "text/html" in accept:
            return HTMLResponse(page)
        if "text/event-stream" in accept:  # an MCP client that opens a stream at the bare host
            raise HTTPException(405, headers=ALLOWED)
        return JSONResponse(facts)

    return [Route("/", root, methods=["GET"])]
