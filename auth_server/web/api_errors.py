"""Errors of the endpoints that programs call: JSON in the shape of RFC 6749 §5.2, never HTML."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_server.web.refused_requests import Refusal

API_PATHS = (
    "/token",
    "/revoke",
    "/introspect",
    "/register",
    "/.well-known",
    "/internal",
    "/health",
    "/userinfo",
    "/device_authorization",
    "/admin/api",
)

CODES = {
    400: "invalid_request",
    401: "invalid_client",
    404: "not_found",
    405: "invalid_request",
    413: "invalid_request",
    415: "invalid_request",
    422: "invalid_request",
    429: "temporarily_unavailable",
    500: "server_error",
    503: "temporarily_unavailable",
}


def is_api_path(path: str) -> bool:
    """Whether programs, not people, look at `path`; `path` is below the issuer."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in API_PATHS)


def is_for_programs(request: Request, base_path: str) -> bool:
    """Whether a program waits for the answer: by the path, or by what it is ready to read."""
    if is_api_path(request.url.path.removeprefix(base_path)):
        return True
    accept = request.headers.get("accept", "")
    return "text/html" not in accept and ("application/json" in accept or "text/event-stream" in accept)


def api_error(status: int, description: str, headers: dict[str, str] | None = None, code: str = "") -> JSONResponse:
    """`{"error": …, "error_description": …}`, never stored; without a `code` the status says it."""
    body = {"error": code or CODES.get(status, "invalid_request"), "error_description": description}
    return JSONResponse(body, status, {"Cache-Control": "no-store"} | (headers or {}))


def error_page(
    request: Request, status: int, description: str, refusal: Refusal, headers: dict[str, str] | None = None
) -> Response:
    """The page a person sees instead; `app.state.error_page` draws it."""
    response: Response = request.app.state.error_page(request, status, description, refusal)
    response.headers.update(headers or {})
    return response
