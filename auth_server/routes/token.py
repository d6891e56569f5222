"""OAuth 2.1 §3.2: the token endpoint."""

from fastapi import APIRouter, Request, Response

from auth_server.dependencies import Protocol, read_client_request, read_request
from auth_server.oauth.client_credentials import hardly_writes
from auth_server.oauth.own_grants import MustWriteError
from auth_server.oauth.repeated_requests import RepeatedRequests
from auth_server.oauth.requests import WireRequest
from auth_server.services import Services

router = APIRouter()


async def token(request: Request) -> Response:
    """A code, a refresh token or a service's own credential against an access token."""
    services: Services = request.app.state.services
    wire = await read_client_request(await read_request(request, services), services)
    protocol = Protocol(services)
    if hardly_writes(wire):
        try:
            return await _of_service(wire, protocol, request.app.state.repeated_requests)
        except MustWriteError:
            pass
    return await protocol.answer(lambda server: server.token(wire))


async def _of_service(request: WireRequest, protocol: Protocol, repeated: RepeatedRequests) -> Response:
    """Raises MustWriteError when the answer has to write something."""
    if (answer := repeated.answer(request)) is not None:
        return answer
    version = repeated.version()
    answered = await protocol.answer(lambda server: (server.token(request), server.decided), read_only=True)
    answer, decided = answered
    if decided is not None:
        repeated.remember(version, request, *decided)
    return answer


# No route of FastAPI's: making the parameters of one ready takes longer than most tokens.
router.add_route("/token", token, methods=["POST"])
