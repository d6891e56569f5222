"""Requests that a page of another origin makes a browser send: answered 403 wherever no other page may call."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from auth_server.web.cors import is_open_path
from shared.hosts import is_allowed_origin
from shared.refusals import Reason, Step, note_refusal

REFUSAL = (
    "Requests from the pages of that Origin are not answered. Open this server's own pages in a tab of their own, "
    "and run browser apps from localhost or from an https address."
)


class OriginGuard:
    """Pages and internal endpoints take requests of our own origin alone; open endpoints anybody's.

    While the issuer is on loopback, open endpoints take loopback origins alone: no web site may talk to a server on
    somebody's machine. `Origin: null` is what our own forms send under `no-referrer`, and what a sandboxed frame of
    any site sends: it counts for pages alone, and there only as `same-origin`, which the browser says beside it.
    """

    def __init__(self, app: ASGIApp, *, own_origin: str, base_path: str, loopback: bool) -> None:
        self.app = app
        self.own = (own_origin,)
        self.base_path = base_path
        self.loopback = loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or self.allows(scope["path"], Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        note_refusal(Step.REACH, Reason.FOREIGN_ORIGIN, name=Headers(scope=scope).get("origin", ""))
        await PlainTextResponse(REFUSAL, 403)(scope, receive, send)

    def allows(self, path: str, headers: Headers) -> bool:
        """Every Origin there is fits the path."""
        is_open = is_open_path(path, self.base_path)
        if is_open and not self.loopback:
            return True
        origins = headers.getlist("origin")
        if origins == ["null"]:
            return not is_open and headers.getlist("sec-fetch-site") == ["same-origin"]
        return all(is_allowed_origin(origin, self.own, loopback=is_open) for origin in origins)
