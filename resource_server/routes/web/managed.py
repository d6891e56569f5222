"""/manage/servers: the servers of everybody, for administrators; and one more by its address."""

from dataclasses import dataclass

import anyio
from starlette.responses import Response
from starlette.routing import Route

from resource_server.gateway.adding import Adding
from resource_server.gateway.links import Viewer
from resource_server.gateway.upstream import NOBODY, InvalidServerError, Upstream
from resource_server.web.entered import PAIRS, described_by_url
from resource_server.web.site import Site
from resource_server.web.standing import ShownServer, server_seen_by
from resource_server.web.tracing import log_act, noted
from resource_server.web.visits import Visit, see_other
from shared.own_pages import MANAGED_PATH
from shared.server_acts import ServerAct

DONE = {
    "removed": "The server is removed, with everything people entered for it.",
    "imported": "Of the file, {added} were added; {known} were there already and stay as they are.",
}


@dataclass(frozen=True)
class ManagedServer:
    """A server of everybody, with how it is for the administrator who looks, and how many people entered something."""

    server: ShownServer
    people: int


def routes(site: Site) -> list[Route]:
    """The table, and the form on it."""

    async def page(visit: Visit, problem: str = "", status: int = 200) -> Response:
        visit.ensure_manages()
        return site.page(
            visit,
            "servers/managed.html",
            MANAGED_PATH,
            status,
            rows=await managed_servers(site, visit.person.user_id),
            said=_said(visit),
            problem=problem,
            entered=visit.form,
            pairs=PAIRS,
            commands=site.settings.web_commands,
        )

    async def add(visit: Visit) -> Response:
        visit.ensure_manages()
        adding = Adding(site.gateway.upstreams, site.gateway.ways.clients)
        try:
            noting = noted(ServerAct.ADDED, visit.person)
            upstream = await anyio.to_thread.run_sync(adding.add, described_by_url(visit.form), NOBODY, noting)
        except InvalidServerError as wrong:
            return await page(visit, str(wrong), 400)
        log_act(ServerAct.ADDED, upstream, visit.person)
        return see_other(f"{MANAGED_PATH}/{upstream.name}?done=added")

    return [site.visits.get(MANAGED_PATH, page), site.visits.post(MANAGED_PATH, add)]


async def managed_servers(site: Site, user_id: str) -> list[ManagedServer]:
    """All of them, asked at once."""
    gateway = site.gateway
    upstreams = await anyio.to_thread.run_sync(gateway.upstreams.every)
    found: dict[str, ManagedServer] = {}

    async def look(upstream: Upstream) -> None:
        people = await anyio.to_thread.run_sync(gateway.upstreams.credentials.people_of, upstream)
        mine = await gateway.named(Viewer(user_id, ""), upstream.name)
        shown = await server_seen_by(gateway, mine or upstream, user_id)
        found[upstream.id] = ManagedServer(shown, len(people))

    async with anyio.create_task_group() as tasks:
        for upstream in upstreams:
            tasks.start_soon(look, upstream)
    return [found[upstream.id] for upstream in upstreams]


def _said(visit: Visit) -> str:
    told = visit.request.query_params
    numbers = {name: told.get(name, "")[:3] if told.get(name, "").isdigit() else "0" for name in ("added", "known")}
    return visit.said(DONE).format(**numbers)
