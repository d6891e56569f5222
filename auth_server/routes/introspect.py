"""RFC 7662: the introspection endpoint."""

from fastapi import APIRouter, Response

from auth_server.dependencies import OAuthRequest, ProtocolDep
from auth_server.oauth.introspection import IntrospectionEndpoint

router = APIRouter()


@router.post("/introspect")
async def introspect(request: OAuthRequest, protocol: ProtocolDep) -> Response:
    """What a token's grant allows right now, for the resource server alone."""
    return await protocol.answer(lambda server: server.endpoint(IntrospectionEndpoint, request), read_only=True)
