"""Host and Origin checks for both servers: DNS rebinding ends here (MCP transports, security warning)."""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.refusals import Reason, Step, note_refusal
from shared.request_fields import field_of, fields_of
from shared.urls import authority, is_loopback_host, origin_of

REFUSAL = (
    "This server does not answer to that Host. Use the address it prints at its start; a proxy or tunnel must keep the "
    "Host it received, and the public address is set by OSTIARY_ISSUER and OSTIARY_MCP_URL, or by --public-url."
)


class HostGuard:
    """Answers 421 unless Host names this server: its public authority, an internal name, or loopback on loopback."""

    def __init__(self, app: ASGIApp, public_url: str, internal_hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.public = urlsplit(public_url)
        self.allowed = {authority(self.public), *(host.lower() for host in internal_hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or self.allows(fields_of(scope).get("host", []), scope.get("server")):
            await self.app(scope, receive, send)
            return
        note_refusal(Step.REACH, Reason.WRONG_HOST, name=field_of(scope, "host") or "")
        await PlainTextResponse(REFUSAL, 421)(scope, receive, send)

    def allows(self, hosts: list[str], server: tuple[str, int | None] | None) -> bool:
        """Exactly one Host, and it is ours."""
        if len(hosts) != 1:
            return False
        try:
            named, is_loopback = _read(self.public.scheme, hosts[0])
        except ValueError:
            return False
        return named in self.allowed or (is_loopback and self._arrived_on_loopback(server))

    def _arrived_on_loopback(self, server: tuple[str, int | None] | None) -> bool:
        """A health check or a process beside us may say 127.0.0.1; a rebound public name never does."""
        return server is not None and is_loopback_host(server[0])


@lru_cache(maxsize=256)
def _read(scheme: str, host: str) -> tuple[str, bool]:
    """What a Host names, and whether that is loopback. Raises ValueError."""
    parts = urlsplit(f"{scheme}://{host}")
    return authority(parts), is_loopback_host(parts.hostname)


def is_allowed_origin(origin: str, own: Iterable[str], *, loopback: bool) -> bool:
    """Whether a browser page at `origin` may call: one of `own` exactly, or, if `loopback`, any loopback origin."""
    try:
        normal = origin_of(origin)
    except ValueError:
        return False
    if normal in own:
        return True
    return loopback and is_loopback_host(urlsplit(origin).hostname)
