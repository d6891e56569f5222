"""What a forwarder takes that does nothing else: `python -m bench.raw_forwarder PORT URL`.

It reads a request, sends it to the URL with aiohttp, and sends what came. It asks nobody who calls, and checks nothing.
"""

import sys

import aiohttp
import uvicorn
from starlette.types import Receive, Scope, Send

PASSED_ON = (b"accept", b"content-type", b"mcp-protocol-version", b"mcp-method", b"mcp-name")


class RawForwarder:
    """An ASGI application."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body", False):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"] if name in PASSED_ON}
        async with self._session.post(self._url, data=body, headers=headers) as answer:
            content = await answer.read()
        kept = [(b"content-type", answer.content_type.encode()), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": kept})
        await send({"type": "http.response.body", "body": content})


if __name__ == "__main__":
    uvicorn.run(
        RawForwarder(sys.argv[2]),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
