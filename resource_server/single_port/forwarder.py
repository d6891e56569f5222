"""Streams one request to the authorization server and its answer back, neither of them kept here."""

from contextlib import aclosing

import httpx2
import structlog
from starlette.types import Scope, Send

from resource_server.single_port.errors import MalformedRequestError, MethodRefusedError, SilentServerError
from resource_server.single_port.request_body import RequestBody
from resource_server.single_port.request_head import METHODS, request_fields, response_fields, target_of

TIMEOUT = {"connect": 5.0, "write": 30.0, "read": 60.0, "pool": 5.0}

log = structlog.get_logger(__name__)


class Forwarder:
    """The way to the authorization server at `origin`, such as `http://127.0.0.1:9000`.

    Each request has a connection of its own: whatever somebody smuggled past us would be answered to nobody, and
    nothing is left to be closed. A transport without a client keeps no cookies, follows no redirect, unpacks nothing.
    """

    def __init__(self, origin: str) -> None:
        self._url = httpx2.URL(origin)
        self._transport = httpx2.AsyncHTTPTransport(
            verify=origin.startswith("https://"),
            trust_env=False,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def forward(self, scope: Scope, body: RequestBody, send: Send) -> None:
        """One request. Raises ClientGoneError, or NotPassedOnError while nothing was answered."""
        async with aclosing(await self._ask(scope, body)) as answer:
            await _pass_on(answer, send)

    async def _ask(self, scope: Scope, body: RequestBody) -> httpx2.Response:
        if scope["method"] not in METHODS:
            raise MethodRefusedError
        extensions = {"timeout": TIMEOUT, "target": target_of(scope)}
        fields = request_fields(scope)
        request = httpx2.Request(scope["method"], self._url, headers=fields, stream=body, extensions=extensions)
        try:
            return await self._transport.handle_async_request(request)
        except httpx2.LocalProtocolError as cause:
            raise MalformedRequestError from cause
        except httpx2.TransportError as cause:
            raise SilentServerError from cause


async def _pass_on(answer: httpx2.Response, send: Send) -> None:
    """Chunk by chunk. An answer that breaks off is not ended: our own server then breaks the connection, too."""
    fields = response_fields(answer.headers.raw)
    await send({"type": "http.response.start", "status": answer.status_code, "headers": fields})
    try:
        async for chunk in answer.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except httpx2.TransportError as cause:
        log.warning("authorization_server_broke_off", cause=type(cause).__name__)
        return
    await send({"type": "http.response.body", "body": b"", "more_body": False})
