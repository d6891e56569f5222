"""All of the API, behind one door: below the MCP endpoint's path, sessions and earlier names beside it."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route, compile_path
from starlette.types import ASGIApp, Scope

from resource_server.context.caller import GrantEndedError
from resource_server.routes.accidents import WORD, AnsweredAccidents, sentence
from resource_server.routes.gateway_api import servers, sessions, tools
from resource_server.routes.gateway_api.dependencies import GatewayApi
from resource_server.routes.gateway_api.document import document_route
from resource_server.routes.gateway_api.wire import ApiProblemError, WireError, in_words, unusable
from resource_server.settings import Settings
from resource_server.transport.gate import ENDED
from resource_server.transport.refused import RefusedError
from shared.refusals import Step, note_refusal

ROUTERS = (tools.router, servers.router, sessions.router)
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
"""At the usual path; they find what they work with in their application's state."""
USUAL = "/mcp"
VALIDATOR_SAYS = "Value error, "
NO_SUCH_MEMBER = "this request takes no such member; openapi.json beside it lists those it takes"
"""What pydantic puts before our own sentences."""

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]
ERRORS = {
    400: "The body is no JSON that can be used.",
    401: "No credential, or none that counts; the challenge says where to get one.",
    403: "The scope is missing, and the challenge names it; or the grant does not reach so far.",
    404: "There is no such tool, server or session for this caller.",
    409: "It cannot be done as things are now.",
    413: "The body is too large.",
    422: "The body is not what this request takes, or the tool asks for input on the way.",
    429: "Too many requests; `Retry-After` says how long to wait.",
    500: "Something went wrong here, and the log says what, under the reference of the sentence.",
    502: "The tool's server answered with an error of the protocol, or not at all; the call may have had effects.",
    503: "Something that is needed does not answer; nothing was done, try again.",
}


def api_routes(mcp_path: str = USUAL) -> list[APIRoute]:
    """Every route with all that is said of it, for an MCP endpoint at that path."""
    responses = {status: {"model": WireError, "description": said} for status, said in ERRORS.items()}
    return _placed_at(mcp_path, APIRouter(responses=responses))  # type: ignore[arg-type]  # its own type is wider


def _placed_at(mcp_path: str, router: APIRouter) -> list[APIRoute]:
    for route in ROUTES:
        router.add_api_route(
            path_at(route.path, mcp_path), route.endpoint, methods=sorted(route.methods or ()), tags=route.tags,
            status_code=route.status_code, description=route.description, responses=dict(router.responses),
        )  # fmt: skip
    return [route for route in router.routes if isinstance(route, APIRoute)]


def path_at(path: str, mcp_path: str) -> str:
    """Where a path of the usual endpoint lies for one at `mcp_path`: below it, or beside where it is called `mcp`."""
    here = mcp_path.rstrip("/")
    beside = here.removesuffix(USUAL)
    return here + path.removeprefix(USUAL) if path.startswith(f"{USUAL}/") else beside + path


def gateway_api_routes(settings: Settings, api: GatewayApi, door: Callable[[ASGIApp], ASGIApp]) -> list[Route]:
    """The API of one installation. `door` stands in front of what it is given."""
    mcp_path = urlsplit(settings.mcp_url).path
    serving = ROUTES if mcp_path == USUAL else _placed_at(mcp_path, APIRouter())
    app = FastAPI(openapi_url=None, redirect_slashes=False, exception_handlers=HANDLERS, middleware=[ACCIDENTS])
    app.state.gateway_api = api
    app.router.routes.extend(serving)
    guarded = door(app)
    paths = dict.fromkeys(route.path for route in serving)
    described = partial(api_routes, mcp_path)
    document = document_route(path_at(f"{USUAL}/openapi.json", mcp_path), described, settings.mcp_origin)
    return [document, *(Route(path, guarded) for path in paths)]


def plain_calls_at(mcp_path: str) -> Callable[[str, str], bool]:
    """Tells by method and path whether a request is one to this API; asking what a browser may do is none."""
    known = [(compile_path(path_at(route.path, mcp_path))[0], frozenset(route.methods or ())) for route in ROUTES]

    def is_one(method: str, path: str) -> bool:
        return any(method in methods and regex.match(path) for regex, methods in known)

    return is_one


async def _problem(_request: Request, error: ApiProblemError) -> Response:
    return error.response()


async def _refused(_request: Request, error: RefusedError) -> Response:
    note_refusal(Step.CALL, error.reason, client_id=error.client_id)
    return in_words(error.response)


async def _invalid(_request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    said = NO_SUCH_MEMBER if first["type"] == "extra_forbidden" else str(first["msg"]).removeprefix(VALIDATOR_SAYS)
    return unusable(f"{where}: {said}" if where else said).response()


async def _elsewhere(request: Request, error: HTTPException) -> Response:
    taken = (error.headers or {}).get("Allow", "another method")
    body = {"error": "method_not_allowed", "error_description": f"This takes {taken}, and not {request.method}."}
    return JSONResponse(body, error.status_code, error.headers)


async def _ended(_request: Request, _error: Exception) -> Response:
    return ApiProblemError(401, "invalid_token", ENDED).response()


def _accident(_scope: Scope, reference: str) -> Response:
    return ApiProblemError(500, WORD, sentence(reference)).response()


ACCIDENTS = Middleware(AnsweredAccidents, answer=_accident)

HANDLERS: dict[int | type[Exception], Handler] = {
    ApiProblemError: _problem,
    RefusedError: _refused,
    RequestValidationError: _invalid,
    HTTPException: _elsewhere,
    GrantEndedError: _ended,
}
