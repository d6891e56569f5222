"""GET and POST /servers/{name}/connect: a person connects a server that protects itself by OAuth, and disconnects it.

Nothing is begun before the button on our page is pressed (AS-32).
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

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
TEMPLATE = "servers/connect.html"


def routes(site: Site) -> list[Route]:
    """The page, what its forms do, the way back, and what authorization servers read of us."""
    pages = pages_that_lead_away(site.settings)
    connecting = site.gateway.connecting

    async def page(visit: Visit) -> Response:
        return await _page(site, pages, visit, await _server(site, visit))

    async def connect(visit: Visit) -> Response:
        upstream = await _server(site, visit)
        try:
            leads_to = await connecting.begin(
                upstream, visit.person.user_id, visit.person.session.digest, visit.form.one("issuer")
            )
        except OAuthProblemError as problem:
            return await _page(site, pages, visit, upstream, problem)
        return RedirectResponse(leads_to, 303, {"Cache-Control": "no-store"})

    async def disconnect(visit: Visit) -> Response:
        upstream = await _server(site, visit)
        await connecting.disconnect(upstream, visit.person.user_id)
        return see_other(way_to(upstream))

    async def come_back(visit: Visit) -> Response:
        return see_other(way_to(await _came_back(site, connecting, visit)))

    async def document(_request: Request) -> Response:
        return JSONResponse(client_document(site.settings.mcp_origin), headers={"Cache-Control": "max-age=3600"})

    return [
        site.visits.get(PAGE, page),
        site.visits.post(PAGE, connect),
        site.visits.post(DISCONNECT, disconnect),
        site.visits.way_back(CALLBACK_PATH, come_back, _nobody()),
        Route(DOCUMENT_PATH, document, methods=["GET"]),
    ]


async def _server(site: Site, visit: Visit) -> Upstream:
    upstream = await site.gateway.named(visit.person.user_id, visit.parameter("name"))
    if upstream is None:
        raise no_such_page()
    return upstream


async def _page(
    site: Site, pages: Pages, visit: Visit, upstream: Upstream, problem: OAuthProblemError | None = None
) -> Response:
    """With what connecting would mean, unless the person is connected and does not want to do it again."""
    asks_again = "again" in visit.request.query_params
    shown = await connection_of(site.gateway, upstream, visit.person.user_id, asks_again=asks_again)
    said = str(problem) if problem is not None else shown.problem
    status = 200 if not said else 503 if isinstance(problem, NotAnsweringError) else 409
    return site.page(visit, TEMPLATE, SERVERS_PATH, status, pages, shown=shown, problem=said)


async def _came_back(site: Site, connecting: Connecting, visit: Visit) -> Upstream:
    """The server that is connected now. Raises PageProblem."""
    came = dict(visit.request.query_params)
    if len(came) < len(visit.request.query_params.multi_items()):
        raise _problem("What came back names something twice.", 400)
    try:
        server_id = await connecting.finish(visit.person.user_id, visit.person.session.digest, came)
    except AttemptRefusedError as refused:
        raise _problem(str(refused), 403) from refused
    except DeniedError as denied:
        raise _problem(str(denied), 403) from denied
    except NotAnsweringError as problem:
        raise _problem(str(problem), 503) from problem
    except OAuthProblemError as problem:
        raise _problem(str(problem), 502) from problem
    return await connected_server(site.gateway, visit.person.user_id, server_id)


def _problem(cause: str, status: int) -> PageProblem:
    return PageProblem(
        "The server is not connected", cause, "Open your servers and connect it once more.", status, "not_connected"
    )


def _nobody() -> PageProblem:
    """For a browser in which nobody is signed in: what came back is bound to a session, so signing in helps nobody."""
    return _problem("Nobody is signed in here in this browser, or not any more.", 403)
