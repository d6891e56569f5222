"""Answers to requests that were not passed on: a page for people, JSON in the shape of RFC 6749 §5.2 for programs."""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from resource_server.pages import Pages
from resource_server.single_port.errors import NotPassedOnError
from resource_server.single_port.paths import Reader
from shared.hosts import is_allowed_origin

SERVICE_UNAVAILABLE = 503
NOT_KEPT = {"Cache-Control": "no-store"}
LATER = NOT_KEPT | {"Retry-After": "5"}


def refusal(pages: Pages, error: NotPassedOnError, reader: Reader, scope: Scope, *, is_loopback: bool) -> Response:
    """The answer to one request; `is_loopback` says that pages of loopback origins alone may read it (AS-83)."""
    headers = LATER if error.status == SERVICE_UNAVAILABLE else NOT_KEPT
    if reader is Reader.PERSON:
        said = {"heading": error.heading, "sentence": error.sentence}
        return pages.render("mcp/not_passed_on.html", error.status, headers, **said)
    code = "temporarily_unavailable" if error.status == SERVICE_UNAVAILABLE else "invalid_request"
    body = {"error": code, "error_description": error.sentence}
    return JSONResponse(body, error.status, headers | _readable_by(scope, is_loopback))


def _readable_by(scope: Scope, is_loopback: bool) -> dict[str, str]:
    """A browser client reads this error as it would read the authorization server's own."""
    origin = Headers(scope=scope).get("origin", "")
    if not is_loopback:
        return {"Access-Control-Allow-Origin": "*"}
    allowed = {"Access-Control-Allow-Origin": origin} if is_allowed_origin(origin, (), loopback=True) else {}
    return allowed | {"Vary": "Origin"}
