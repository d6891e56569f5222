"""People who open the MCP endpoint in a browser: refused as anybody without a token is, but told why in words."""

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from resource_server.pages import Pages
from resource_server.transport.accept import prefers_page

OF_THE_BODY = ("content-type", "content-length")


class Visitors:
    """Draws the refusal of a request without credentials for those who read pages."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def shown(self, scope: Scope, refusal: Response) -> Response:
        """The refusal as it is; a GET that prefers a page gets one, with the same status and headers.

        The challenge is among them: a program that asks like a browser can still find its way (RFC 9728 §5.1).
        """
        if scope["method"] != "GET" or not prefers_page(Headers(scope=scope).get("accept", "")):
            return refusal
        headers = {name: value for name, value in refusal.headers.items() if name not in OF_THE_BODY}
        return self._pages.render("mcp/endpoint.html", refusal.status_code, headers | {"Vary": "Accept"})
