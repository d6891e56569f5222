"""RFC 7009: the revocation endpoint."""

from fastapi import APIRouter, Response

from auth_server.dependencies import ClientRequest, ProtocolDep
from auth_server.oauth.revocation import RevocationEndpoint

router = APIRouter()


@router.post("/revoke")
async def revoke(request: ClientRequest, protocol: ProtocolDep) -> Response:
    """A client gives back an access token or a refresh token."""
    return await protocol.answer(lambda server: server.endpoint(RevocationEndpoint, request))
