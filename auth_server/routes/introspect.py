"""RFC 7662: the introspection endpoint."""

from fastapi import APIRouter, Response

from auth_server.dependencies import OAuthRequest, ReadingServer
from auth_server.oauth.introspection import IntrospectionEndpoint

router = APIRouter()


@router.post("/introspect")
def introspect(request: OAuthRequest, server: ReadingServer) -> Response:
    """What a token's grant allows right now, for the resource server alone."""
    return server.endpoint(IntrospectionEndpoint, request)
