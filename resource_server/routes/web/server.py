"""/servers/{name}: one server as a person has it: how it is, what they enter for it, its tools, and what changed."""

from dataclasses import dataclass

import anyio
from starlette.responses import Response
from starlette.routing import Route

from resource_server.gateway.upstream import InvalidServerError, Upstream
from resource_server.web.changed_tools import accept_changed
from resource_server.web.entered import credential
from resource_server.web.kept_servers import persons_own, seen_by_person
from resource_server.web.server_page import NOT_ITS_NAME, NOTHING_YET, Outcome, server_page
from resource_server.web.site import Site
from resource_server.web.tracing import log_act
from resource_server.web.trials import tried
from resource_server.web.visits import Visit, see_other
from shared.own_pages import SERVERS_PATH
from shared.server_acts import ServerAct

PAGE = f"{SERVERS_PATH}/{{name}}"
DONE = {
    "added": "The server is there. Your apps see it as far as you allow each of them.",
    "entered": "Saved, sealed. Your apps call the server with it from now on, and nobody else's do.",
    "forgotten": "What you entered is forgotten.",
    "accepted": "Your apps see it again, as it is now.",
    "shaped": "Saved. Your apps see the tool so from their next list on.",
    "connected": "The server is connected.",
    "disconnected": "The server is disconnected.",
}


@dataclass(frozen=True)
class ServerPage:
    """The page and what its forms do."""

    site: Site

    def routes(self) -> list[Route]:
        """All of them."""
        visits = self.site.visits
        return [
            visits.get(PAGE, self.show),
            visits.post(f"{PAGE}/credential", self.enter),
            visits.post(f"{PAGE}/forget", self.forget),
            visits.post(f"{PAGE}/test", self.test),
            visits.post(f"{PAGE}/accept", self.accept),
            visits.post(f"{PAGE}/remove", self.remove),
        ]

    async def show(self, visit: Visit) -> Response:
        """GET."""
        return await self._page(visit, await seen_by_person(self.site.gateway, visit))

    async def enter(self, visit: Visit) -> Response:
        """What the server gets when this person calls."""
        upstream, gateway = await seen_by_person(self.site.gateway, visit), self.site.gateway
        given = credential(visit.form, upstream.asks)
        try:
            await anyio.to_thread.run_sync(gateway.upstreams.enter, upstream, visit.person.user_id, given)
        except InvalidServerError as wrong:
            return await self._page(visit, upstream, Outcome(str(wrong)))
        return self._done(upstream, "entered")

    async def forget(self, visit: Visit) -> Response:
        """What they entered is gone."""
        upstream = await seen_by_person(self.site.gateway, visit)
        await anyio.to_thread.run_sync(self.site.gateway.upstreams.forget, upstream, visit.person.user_id)
        return self._done(upstream, "forgotten")

    async def test(self, visit: Visit) -> Response:
        """Opens it anew; nothing changes, so the answer is the page itself."""
        upstream = await seen_by_person(self.site.gateway, visit)
        trial = await tried(self.site.gateway, upstream, visit.person.user_id)
        return await self._page(visit, upstream, Outcome(trial=trial))

    async def accept(self, visit: Visit) -> Response:
        """AS-105: the tools that the form names, as its page showed them."""
        upstream = await seen_by_person(self.site.gateway, visit)
        await accept_changed(self.site.gateway, upstream, visit.person.user_id, visit.form)
        return self._done(upstream, "accepted")

    async def remove(self, visit: Visit) -> Response:
        """A server of their own, once its name was typed."""
        upstream = await persons_own(self.site.gateway, visit)
        if visit.form.one("named").strip() != upstream.name:
            return await self._page(visit, upstream, NOT_ITS_NAME)
        await anyio.to_thread.run_sync(self.site.gateway.upstreams.remove, upstream.id)
        log_act(ServerAct.REMOVED, upstream, visit.person)
        return see_other(f"{SERVERS_PATH}?done=removed")

    async def _page(self, visit: Visit, upstream: Upstream, outcome: Outcome = NOTHING_YET) -> Response:
        credentials, user_id = self.site.gateway.upstreams.credentials, visit.person.user_id
        people = await anyio.to_thread.run_sync(credentials.people_of, upstream)
        held = await anyio.to_thread.run_sync(credentials.tokens.of, upstream.id, user_id)
        return await server_page(
            self.site,
            visit,
            upstream,
            "servers/server.html",
            SERVERS_PATH,
            outcome,
            has_entered=user_id in people,
            is_connected=held is not None,
            said=visit.said(DONE),
        )

    def _done(self, upstream: Upstream, word: str) -> Response:
        return see_other(f"{SERVERS_PATH}/{upstream.name}?done={word}")


def routes(site: Site) -> list[Route]:
    """Of every server."""
    return ServerPage(site).routes()
