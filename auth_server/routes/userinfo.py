"""OpenID Connect Core §5.3: the userinfo endpoint."""

from fastapi import APIRouter, Response

from auth_server.dependencies import OAuthRequest, ProtocolDep

router = APIRouter()


@router.get("/userinfo")
@router.post("/userinfo")
async def userinfo(request: OAuthRequest, protocol: ProtocolDep) -> Response:
    """Who the person is, as far as they allowed it to be told."""
    return await protocol.answer(lambda server: server.userinfo(request), read_only=True)
