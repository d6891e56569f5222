"""GET and POST /servers/{name}/connect: a person connects a server that protects itself by OAuth, and disconnects it.

Nothing is begun before the button on our page is pressed (AS-32).
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from resource_server.gateway.links import Viewer
from resource_server.gateway.oauth.client_document import CALLBACK_PATH, DOCUMENT_PATH, client_document
from resource_server.gateway.oauth.connecting import Connecting
from resource_server.gateway.oauth.errors import (
    AttemptRefusedError,
    DeniedError,
    NotAnsweringError,
    OAuthProblemError,
)
from resource_server.gateway.upstream import Upstream
from resource_server.pages import Pages, pages_that_lead_away
from resource_server.web.connecting import connected_server, connection_of, way_to
from resource_server.web.problems import PageProblem, no_such_page
from resource_server.web.site import Site
from resource_server.web.visits import Visit, see_other
from shared.own_pages import SERVERS_PATH

PAGE = f"{SERVERS_PATH}/{{name}}/connect"
DISCONNECT = f"{SERVERS_PATH}/{{name}}/disconnect"
WAYS_BACK = (CALLBACK_PATH, f"{CALLBACK_PATH}/{{name}}")
TEMPLATE = "servers/connect.html"


def routes(site: Site) -> list[Route]:
    """The page, what its forms do, the way back, and what authorization servers read of us."""
    handlers = ConnectPage(site, pages_that_lead_away(site.settings))
    return [
        site.visits.get(PAGE, handlers.page),
        site.visits.post(PAGE, handlers.connect),
        site.visits.post(DISCONNECT, handlers.disconnect),
        *(site.visits.way_back(path, handlers.come_back, _nobody()) for path in WAYS_BACK),
        Route(DOCUMENT_PATH, handlers.document, methods=["GET"]),
    ]


@dataclass(frozen=True)
class ConnectPage:
    """`pages` draw it: its form leads elsewhere."""

    site: Site
    pages: Pages

    @property
    def _connecting(self) -> Connecting:
        return self.site.gateway.connecting

    async def page(self, visit: Visit) -> Response:
        """What connecting means; or that it is done."""
        return await self._shown(visit, await self._server(visit))

    async def connect(self, visit: Visit) -> Response:
        """To the authorization server."""
        upstream, person = await self._server(visit), visit.person
        try:
            leads_to = await self._connecting.begin(
                upstream, person.user_id, person.session.digest, visit.form.one("issuer")
            )
        except OAuthProblemError as problem:
            return await self._shown(visit, upstream, problem)
        return RedirectResponse(leads_to, 303, {"Cache-Control": "no-store"})

    async def disconnect(self, visit: Visit) -> Response:
        """At once; what the server's issuer says to it changes nothing."""
        upstream = await self._server(visit)
        await self._connecting.disconnect(upstream, visit.person.user_id)
        return see_other(way_to(upstream))

    async def come_back(self, visit: Visit) -> Response:
        """The person is back. Raises PageProblem."""
        came = visit.request.query_params
        if len(set(came)) < len(came.multi_items()):
            raise _problem("What came back names something twice.", 400)
        try:
            server_id = await self._connecting.finish(
                visit.person.user_id, visit.person.session.digest, visit.request.url.path, dict(came)
            )
        except OAuthProblemError as problem:
            raise _problem(str(problem), _status(problem)) from problem
        return see_other(way_to(await connected_server(self.site.gateway, visit.person.user_id, server_id)))

    async def document(self, _request: Request) -> Response:
        """What this installation is, for authorization servers."""
        told = client_document(self.site.settings.mcp_origin)
        return JSONResponse(told, headers={"Cache-Control": "max-age=3600"})

    async def _server(self, visit: Visit) -> Upstream:
        upstream = await self.site.gateway.named(Viewer(visit.person.user_id, ""), visit.parameter("name"))
        if upstream is None:
            raise no_such_page()
        return upstream

    async def _shown(self, visit: Visit, upstream: Upstream, problem: OAuthProblemError | None = None) -> Response:
        """With what connecting would mean, unless the person is connected and does not want to do it again."""
        asks_again = "again" in visit.request.query_params
        shown = await connection_of(self.site.gateway, upstream, visit.person.user_id, asks_again=asks_again)
        said = str(problem) if problem is not None else shown.problem
        status = 409 if said else 200
        return self.site.page(visit, TEMPLATE, SERVERS_PATH, status, self.pages, shown=shown, problem=said)


def _status(problem: OAuthProblemError) -> int:
    match problem:
        case AttemptRefusedError() | DeniedError():
            return 403
        case NotAnsweringError():
            return 503
        case _:
            return 502


def _problem(cause: str, status: int) -> PageProblem:
    return PageProblem(
        "The server is not connected", cause, "Open your servers and connect it once more.", status, "not_connected"
    )


def _nobody() -> PageProblem:
    """For a browser in which nobody is signed in: what came back is bound to a session, so signing in helps nobody."""
    return _problem("Nobody is signed in here in this browser, or not any more.", 403)
