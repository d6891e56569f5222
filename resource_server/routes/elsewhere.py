"""Every address but the right ones: one sentence says where the MCP endpoint is, or the metadata."""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resource_server.authorization.metadata_urls import WELL_KNOWN, metadata_url
from resource_server.pages import Pages
from resource_server.settings import Settings
from resource_server.transport.accept import prefers_page
from shared.refusals import Reason, Step, note_refusal

AUTHORIZATION_SERVER_NAMES = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
CODES = {404: "not_found", 405: "method_not_allowed"}
HEADINGS = {404: "There is nothing at this address", 405: "That does not work at this address"}


def handlers(settings: Settings, pages: Pages) -> dict[int, Callable[[Request, Exception], Response]]:
    """What the application answers to 404 and 405."""

    def elsewhere(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        return wrong_address(settings, pages, request, status, getattr(error, "headers", None) or {})

    return dict.fromkeys(CODES, elsewhere)


def wrong_address(settings: Settings, pages: Pages, request: Request, status: int, headers: dict[str, str]) -> Response:
    """JSON, or a page for a browser; pages of any origin may read it, as they may read the metadata."""
    path = request.url.path
    sentence = _sentence(settings, path)
    is_metadata = path.startswith("/.well-known/")
    note_refusal(Step.DISCOVERY, Reason.NO_METADATA_HERE if is_metadata else Reason.WRONG_PATH)
    headers = {**headers, "Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
    if prefers_page(request.headers.get("accept", "")):
        return pages.render("mcp/elsewhere.html", status, headers, heading=HEADINGS[status], sentence=sentence)
    return JSONResponse({"error": CODES[status], "error_description": sentence}, status, headers)


def _sentence(settings: Settings, path: str) -> str:
    if path.startswith(AUTHORIZATION_SERVER_NAMES):
        metadata = f"{settings.issuer}/.well-known/oauth-authorization-server"
        return f"The authorization server is {settings.issuer} and its metadata lies at {metadata}"
    if path.startswith(WELL_KNOWN):
        return f"The metadata of the MCP endpoint {settings.mcp_url} lies at {metadata_url(settings)}"
    return f"There is nothing here. The MCP endpoint is {settings.mcp_url}"
