"""Answers to clients that read no event stream: the SDK's stream, folded into the one JSON message they asked for."""

import json
from collections.abc import Iterator

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from resource_server.transport.accept import JSON, STREAM


class Folded:
    """An ASGI `send` that waits for the end of an event stream; any other answer passes as it is."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._request = (scope, receive)
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """One ASGI message from the SDK."""
        if message["type"] == "http.response.start" and _is_stream(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        answers = [data for data in events(self._body) if "result" in data or "error" in data]
        kept = {name: value for name, value in Headers(raw=start["headers"]).items() if name.startswith("mcp-")}
        content = json.dumps(answers[-1], ensure_ascii=False) if answers else ""
        response = Response(content, 200 if answers else 502, kept, media_type=JSON)
        await response(*self._request, self._send)


def _is_stream(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith(STREAM)


def events(stream: bytes) -> Iterator[dict[str, object]]:
    """The JSON objects of a stream of server-sent events, each on one `data` line, as the SDK writes them."""
    for line in stream.splitlines():  # bytes: text would also break at U+2028 and others that a memory may hold
        if line.startswith(b"data:") and (text := line.removeprefix(b"data:").strip()):
            yield json.loads(text)
