"""The body of a request, read once: up to a size, and within a time."""

import anyio
from fastapi import HTTPException, Request

from auth_server.web.refused_requests import RefusedRequestError
from shared.refusals import Reason, Step

SLOW = "The request took too long to arrive."


async def read_body(request: Request, limit: int) -> bytes:
    """Counted while it arrives. Raises HTTPException 413 beyond `limit` bytes, 408 for what drips."""
    seconds: float = request.app.state.services.settings.body_seconds
    try:
        with anyio.fail_after(seconds):
            return await _read(request, limit)
    except TimeoutError:
        raise RefusedRequestError(Step.REACH, Reason.SLOW_CLIENT, 408, SLOW) from None


async def _read(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise HTTPException(413)
    return bytes(body)
