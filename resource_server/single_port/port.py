"""The one port: a middleware that takes out what belongs to the authorization server."""

from urllib.parse import urlsplit

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from resource_server.pages import Pages
from resource_server.settings import Settings
from resource_server.single_port.errors import NotPassedOnError
from resource_server.single_port.forwarder import Forwarder
from resource_server.single_port.in_flight import InFlight
from resource_server.single_port.paths import Reader
from resource_server.single_port.refusals import refusal
from resource_server.single_port.request_body import RequestBody
from resource_server.single_port.requirements import auth_paths
from resource_server.transport.bodies import ClientGoneError
from shared.refusals import Step, note_refusal
from shared.urls import is_loopback_host, origin_of


class SinglePort:
    """Stands behind TrustedProxies, HttpsOnly and HostGuard: peer, scheme and Host are known when it passes them on."""

    def __init__(self, app: ASGIApp, settings: Settings, pages: Pages) -> None:
        self.app = app
        self._pages = pages
        self._paths = auth_paths(settings)
        self._forwarder = Forwarder(origin_of(settings.effective_auth_url))
        self._in_flight = InFlight()
        self._max_body = settings.max_body
        self._body_seconds = settings.body_seconds
        self._is_loopback = is_loopback_host(urlsplit(settings.issuer).hostname)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        reader = self._paths.reader_of(scope["raw_path"]) if scope["type"] == "http" else None
        if reader is None:
            await self.app(scope, receive, send)
            return
        body = RequestBody(receive, self._max_body, self._body_seconds)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(body.cancel_when_client_goes, tasks.cancel_scope)
            await self._answer(reader, scope, body, send)
            tasks.cancel_scope.cancel()

    async def _answer(self, reader: Reader, scope: Scope, body: RequestBody, send: Send) -> None:
        try:
            with self._in_flight.one_more(scope["client"][0] if scope.get("client") else ""):
                await self._forwarder.forward(scope, body, send)
        except ClientGoneError:
            return
        except NotPassedOnError as error:
            note_refusal(Step.REACH, error.reason)
            response = refusal(self._pages, error, reader, scope, is_loopback=self._is_loopback)
            await response(scope, body.receive, send)
