"""RFC 7009: the revocation endpoint."""

from fastapi import APIRouter, Response

from auth_server.dependencies import ClientRequest, Server
from auth_server.oauth.revocation import RevocationEndpoint

router = APIRouter()


@router.post("/revoke")
def revoke(request: ClientRequest, server: Server) -> Response:
    """A client gives back an access token or a refresh token."""
    return server.endpoint(RevocationEndpoint, request)
