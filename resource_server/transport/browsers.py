"""Pages that call /mcp: the Origin check (MCP, streamable HTTP, security warning) and CORS (Fetch §3.2)."""

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Scope, Send

from shared.hosts import is_allowed_origin
from shared.refusals import Reason, Step, note_refusal
from shared.request_fields import field_of, fields_of

METHODS = "GET, POST, DELETE, OPTIONS"
REQUEST_HEADERS = (
    "Accept, Authorization, Content-Type, Last-Event-ID, Mcp-Method, Mcp-Name, MCP-Protocol-Version, Mcp-Session-Id, "
    "X-API-Key, X-Session-ID, X-User-ID"
)
RESPONSE_HEADERS = "WWW-Authenticate, Mcp-Session-Id, Retry-After"
PARAMETER_PREFIX = "mcp-param-"
PREFLIGHT_AGE = "7200"
REFUSAL = "Pages of this Origin may not call the MCP endpoint; OSTIARY_RESOURCE_ALLOWED_ORIGINS names those that may."


class Browsers:
    """Which origins may call, and what their pages may see. Cookies are never asked for and never read."""

    def __init__(self, origins: frozenset[str]) -> None:
        self._origins = origins

    def refusal(self, scope: Scope) -> Response | None:
        """403 for a foreign page. Callers that are no browser send no Origin and pass."""
        origins = fields_of(scope).get("origin", [])
        if not origins or (len(origins) == 1 and is_allowed_origin(origins[0], self._origins, loopback=True)):
            return None
        note_refusal(Step.REACH, Reason.FOREIGN_ORIGIN, name=origins[0])
        return PlainTextResponse(REFUSAL, 403)

    def preflight(self, scope: Scope) -> Response | None:
        """The answer to a preflight, which carries no credentials; None for any other request."""
        fields = fields_of(scope)
        if scope["method"] != "OPTIONS" or "origin" not in fields or "access-control-request-method" not in fields:
            return None
        asked = (field_of(scope, "access-control-request-headers") or "").split(",")
        parameters = [name.strip() for name in asked if name.strip().lower().startswith(PARAMETER_PREFIX)]
        return Response(
            status_code=204,
            headers={
                "Access-Control-Allow-Methods": METHODS,
                "Access-Control-Allow-Headers": ", ".join([REQUEST_HEADERS, *parameters]),
                "Access-Control-Max-Age": PREFLIGHT_AGE,
            },
        )

    def readable_by(self, scope: Scope, send: Send) -> Send:
        """Lets the page read the answer, errors and their challenge included."""
        origin = field_of(scope, "origin")
        if origin is None:
            return send

        async def send_to_page(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = origin
                headers["Access-Control-Expose-Headers"] = RESPONSE_HEADERS
                headers.add_vary_header("Origin")
            await send(message)

        return send_to_page
