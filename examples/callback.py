"""RFC 8252 §7.3: a loopback address on this machine that waits for the browser to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

from mcp.client.auth import AuthorizationCodeResult

CONNECTED = "Connected. You can close this window and go back to the terminal."
NOT_CONNECTED = "The app was not connected. You can close this window; the terminal says more."


class Callback:
    """What the browser brings back; `redirect_uri` is where it must be sent."""

    def __init__(self, redirect_uri: str = "") -> None:
        self.redirect_uri = redirect_uri
        self.arrived: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def result(self) -> AuthorizationCodeResult:
        """Waits for the redirect and reads it."""
        return read_redirect(await self.arrived)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the browser, which also asks for an icon, or connects and says nothing."""
        words = (await reader.readline()).decode(errors="replace").split()
        target = words[1] if len(words) > 1 else ""
        is_ours = target.startswith("/callback?")
        writer.write(_response(target) if is_ours else b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        if is_ours and not self.arrived.done():
            self.arrived.set_result(target)


def _response(target: str) -> bytes:
    """What the person reads in the browser."""
    page = CONNECTED if "code" in parse_qs(urlsplit(target).query) else NOT_CONNECTED
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(page)}\r\nConnection: close\r\n\r\n"
    return (head + page).encode()


@asynccontextmanager
async def listening_callback() -> AsyncIterator[Callback]:
    """A callback on a free port of 127.0.0.1, until the block ends."""
    callback = Callback()
    async with await asyncio.start_server(callback.answer, "127.0.0.1", 0) as server:
        callback.redirect_uri = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback"
        yield callback


class NotConnectedError(Exception):
    """The app was not connected; the text says why."""


def read_redirect(url: str) -> AuthorizationCodeResult:
    """Code, state and issuer (RFC 9207). Raises NotConnectedError."""
    answer = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    if "code" not in answer:
        raise NotConnectedError(answer.get("error_description") or answer.get("error") or "no code came back")
    return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))
