"""OAuth 2.1 §3.2: the token endpoint."""

from fastapi import APIRouter, Response

from auth_server.dependencies import ClientRequest, Server

router = APIRouter()


@router.post("/token")
def token(request: ClientRequest, server: Server) -> Response:
    """A code or a refresh token against an access token."""
    return server.token(request)
