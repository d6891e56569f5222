"""Plain http ends at the door of a server whose public URL is https (OAuth 2.1 §1.5)."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.refusals import Reason, Step, note_refusal
from shared.request_fields import field_of
from shared.urls import is_loopback_host

REFUSAL = (
    "This server is reached over https: open the address with https://. If a proxy with TLS stands in front of it, "
    "name the proxy's address in OSTIARY_TRUSTED_PROXIES and let it send X-Forwarded-Proto."
)


class HttpsOnly:
    """Refuses requests that crossed a network readable; behind TrustedProxies, which knows the scheme people see."""

    def __init__(self, app: ASGIApp, public_url: str, internal_hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.is_https = urlsplit(public_url).scheme == "https"
        self.internal_hosts = {host.lower() for host in internal_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not self.is_https or self._is_protected(scope):
            await self.app(scope, receive, send)
            return
        note_refusal(Step.REACH, Reason.PLAIN_HTTP, name=field_of(scope, "host") or "")
        await PlainTextResponse(REFUSAL, 403)(scope, receive, send)

    def _is_protected(self, scope: Scope) -> bool:
        """By TLS, by never leaving this machine, or by the operator's word for a name inside their own network."""
        return (
            scope["scheme"] == "https"
            or _stays_here(scope)
            or (field_of(scope, "host") or "").lower() in self.internal_hosts
        )


def _stays_here(scope: Scope) -> bool:
    """Both ends are on this machine; a tunnel's end here that names a peer elsewhere does not count as one."""
    ends = (scope.get("server"), scope.get("client"))
    return all(end is not None and is_loopback_host(end[0]) for end in ends)
