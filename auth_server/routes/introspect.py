"""RFC 7662: the introspection endpoint."""

import anyio
from fastapi import APIRouter, Response
from starlette.background import BackgroundTask

from auth_server.dependencies import OAuthRequest, ProtocolDep
from auth_server.keys.key_uses import KeyUse, note_use
from auth_server.oauth.introspection import IntrospectionEndpoint
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.server import OstiaryServer
from auth_server.services import Services

router = APIRouter()


@router.post("/introspect")
async def introspect(request: OAuthRequest, protocol: ProtocolDep) -> Response:
    """What a token's grant or a key allows right now, for the resource server alone."""
    return await protocol.answer(lambda server: _answer(server, request), read_only=True)


def _answer(server: OstiaryServer, request: WireRequest) -> Response:
    answer = server.endpoint(IntrospectionEndpoint, request)
    if server.key_use is not None:
        answer.background = BackgroundTask(_note, server.services, server.key_use)
    return answer


async def _note(services: Services, use: KeyUse) -> None:
    """When the answer has left, and the transaction that read for it is over."""
    async with services.turns:
        await anyio.to_thread.run_sync(note_use, services.engine, use)
