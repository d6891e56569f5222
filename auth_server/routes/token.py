"""OAuth 2.1 §3.2: the token endpoint."""

from fastapi import APIRouter, Response

from auth_server.dependencies import ClientRequest, ProtocolDep

router = APIRouter()


@router.post("/token")
async def token(request: ClientRequest, protocol: ProtocolDep) -> Response:
    """A code or a refresh token against an access token."""
    return await protocol.answer(lambda server: server.token(request))
