"""OAuth 2.1 §3.2: the token endpoint."""

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from auth_server.dependencies import Protocol, read_client_request, read_request
from auth_server.oauth.client_credentials import hardly_writes
from auth_server.oauth.own_grants import MustWriteError
from auth_server.oauth.repeated_requests import RepeatedRequests
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.server import OstiaryServer
from auth_server.oauth.token_limits import TokenLimits
from auth_server.services import Services
from auth_server.web.refused_requests import RefusedRequestError
from shared.refusals import Reason, Step

router = APIRouter()


async def token(request: Request) -> Response:
    """A code, a refresh token or a service's own credential against an access token."""
    services: Services = request.app.state.services
    wire = await read_client_request(await read_request(request, services), services)
    protocol = Protocol(services)
    limits: TokenLimits = request.app.state.token_limits
    if seconds := limits.seconds_to_wait(wire):
        raise _too_many(seconds)
    if hardly_writes(wire):
        try:
            return await _of_service(wire, protocol, request.app.state.repeated_requests, limits)
        except MustWriteError:
            pass
    return await protocol.answer(lambda server: _counted(server, wire, limits))


def _counted(server: OstiaryServer, request: WireRequest, limits: TokenLimits) -> JSONResponse:
    """The answer; a refusal counts for whoever is refused."""
    answer = server.token(request)
    if server.refused is not None:
        limits.failed(request, *server.refused)
    return answer


def _too_many(seconds: int) -> RefusedRequestError:
    description = "Too many token requests. Wait, and then ask more slowly."
    return RefusedRequestError(Step.TOKEN, Reason.TOO_MANY_REQUESTS, 429, description, {"Retry-After": str(seconds)})


async def _of_service(
    request: WireRequest, protocol: Protocol, repeated: RepeatedRequests, limits: TokenLimits
) -> Response:
    """Raises MustWriteError when the answer has to write something."""
    if (answer := repeated.answer(request)) is not None:
        return answer
    version = repeated.version()
    answered = await protocol.answer(lambda server: (_counted(server, request, limits), server.decided), read_only=True)
    answer, decided = answered
    if decided is not None:
        repeated.remember(version, request, *decided)
    return answer


# No route of FastAPI's: making the parameters of one ready takes longer than most tokens.
router.add_route("/token", token, methods=["POST"])
