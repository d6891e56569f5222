"""RFC 8628 §3.1: the device authorization endpoint."""

from fastapi import APIRouter, Response

from auth_server.dependencies import ClientRequest, ProtocolDep

router = APIRouter()


@router.post("/device_authorization")
async def device_authorization(request: ClientRequest, protocol: ProtocolDep) -> Response:
    """Two codes: one for the device, one for its person."""
    return await protocol.answer(lambda server: server.device_authorization(request))
