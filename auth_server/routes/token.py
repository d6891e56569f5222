"""OAuth 2.1 §3.2: the token endpoint."""

from fastapi import APIRouter, Response

from auth_server.dependencies import ClientRequest, ProtocolDep
from auth_server.oauth.client_credentials import hardly_writes
from auth_server.oauth.own_grants import MustWriteError

router = APIRouter()


@router.post("/token")
async def token(request: ClientRequest, protocol: ProtocolDep) -> Response:
    """A code, a refresh token or a service's own credential against an access token."""
    if hardly_writes(request):
        try:
            return await protocol.answer(lambda server: server.token(request), read_only=True)
        except MustWriteError:
            pass
    return await protocol.answer(lambda server: server.token(request))
