"""/manage/servers/{name}/tool and /servers/{name}/tool: how apps see one tool of a server, for who keeps the server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
from starlette.responses import Response
from starlette.routing import Route

from resource_server.gateway.gateway import Gateway, SeenServer
from resource_server.gateway.links import Viewer
from resource_server.gateway.shapes import LONGEST_TEXT, Shapes
from resource_server.gateway.shaping import PLAIN, ToolShape
from resource_server.gateway.upstream import InvalidServerError, Upstream
from resource_server.web.entered import shape
from resource_server.web.kept_servers import everybodys, persons_own
from resource_server.web.problems import PageProblem
from resource_server.web.site import Site
from resource_server.web.tracing import log_act, noted
from resource_server.web.visits import Visit, see_other
from shared.own_pages import MANAGED_PATH, SERVERS_PATH
from shared.server_acts import ServerAct


@dataclass(frozen=True)
class ShapedToolPage:
    """The page and its form, below `area`; `kept` finds the server for who may change it."""

    site: Site
    area: str
    kept: Callable[[Gateway, Visit], Awaitable[Upstream]]

    def routes(self) -> list[Route]:
        """Both."""
        path, visits = f"{self.area}/{{name}}/tool", self.site.visits
        return [visits.get(path, self.show), visits.post(path, self.save)]

    async def show(self, visit: Visit) -> Response:
        """GET; the address names the tool as its server does."""
        tool = visit.request.query_params.get("tool", "")
        seen = await self._seen(visit, tool)
        return self._page(visit, seen, tool, seen.upstream.shaping.shapes.get(tool, PLAIN))

    async def save(self, visit: Visit) -> Response:
        """POST: another name, other words, or no place. What its server says still has to be accepted (AS-105)."""
        tool = visit.form.one("tool")
        seen = await self._seen(visit, tool)
        upstream, shapes = seen.upstream, Shapes(self.site.gateway.upstreams.engine)
        wanted = shape(visit.form, tool, upstream.shaping.shapes.get(tool, PLAIN))
        try:
            noting = noted(ServerAct.TOOL_SHAPED, visit.person)
            await anyio.to_thread.run_sync(shapes.put, upstream, tool, wanted, seen.listing.tools, noting)
        except InvalidServerError as wrong:
            return self._page(visit, seen, tool, wanted, str(wrong), 400)
        log_act(ServerAct.TOOL_SHAPED, upstream, visit.person)
        return see_other(f"{self.area}/{upstream.name}?done=shaped")

    async def _seen(self, visit: Visit, tool: str) -> SeenServer:
        """Raises PageProblem 404 for a tool that the server does not list now."""
        upstream = await self.kept(self.site.gateway, visit)
        seen = await self.site.gateway.seen(upstream, Viewer(visit.person.user_id, ""))
        if tool not in seen.listing.tools:
            raise PageProblem(
                "There is no such tool",
                f"{upstream.name} does not list a tool of that name now.",
                "Open the server's page, test it, and choose one of its tools.",
                404,
                "wrong_path",
            )
        return seen

    def _page(
        self, visit: Visit, seen: SeenServer, tool: str, shape: ToolShape, problem: str = "", status: int = 200
    ) -> Response:
        said = seen.listing.tools[tool].get("description")
        return self.site.page(
            visit, "servers/shaped_tool.html", self.area, status, server=seen.upstream.name, area_path=self.area,
            tool=tool, said=said if isinstance(said, str) else "", shape=shape, problem=problem,
            longest_text=LONGEST_TEXT,
        )  # fmt: skip


def routes(site: Site) -> list[Route]:
    """Of everybody's servers, and of people's own."""
    places = ((MANAGED_PATH, everybodys), (SERVERS_PATH, persons_own))
    return [route for area, kept in places for route in ShapedToolPage(site, area, kept).routes()]
