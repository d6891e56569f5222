"""/manage/servers/{name}: one server of everybody, and what an administrator does to it."""

from dataclasses import dataclass
from functools import partial

import anyio
from starlette.responses import Response
from starlette.routing import Route

from resource_server.gateway.checks import check_secrets
from resource_server.gateway.servers_file import ORIGIN
from resource_server.gateway.upstream import InvalidServerError, Transport, Upstream
from resource_server.web.changed_tools import accept_for_everybody
from resource_server.web.entered import PAIRS, pairs
from resource_server.web.kept_servers import everybodys
from resource_server.web.peoples_names import ShownPerson
from resource_server.web.server_page import NOT_ITS_NAME, NOTHING_YET, Outcome, server_page
from resource_server.web.site import Site
from resource_server.web.tracing import log_act, noted
from resource_server.web.trials import tried
from resource_server.web.visits import PROOF, Handler, Visit, see_other
from shared.own_pages import MANAGED_PATH
from shared.server_acts import ServerAct

MOST_NAMED = 20
"""People who entered a credential of theirs; the page counts the rest."""
PAGE = f"{MANAGED_PATH}/{{name}}"
DONE = {
    "added": "The server is there for everybody. Apps see it as far as their people allow them.",
    "sent": "Saved, sealed. Everybody's calls carry it from now on.",
    "enabled": "The server is on.",
    "disabled": "The server is off: nobody sees or calls it, and nothing is forgotten.",
    "accepted": "Apps see the tool again, as it is now.",
    "shaped": "Saved. Apps see the tool so from their next list on.",
}


@dataclass(frozen=True)
class ManagedServerPage:
    """The page and what its forms do."""

    site: Site

    def routes(self) -> list[Route]:
        """All of them."""
        visits = self.site.visits
        return [
            visits.get(PAGE, self.show),
            visits.post(f"{PAGE}/test", self.test),
            visits.post(f"{PAGE}/send", self.send),
            visits.post(f"{PAGE}/enable", self._switch(is_enabled=True)),
            visits.post(f"{PAGE}/disable", self._switch(is_enabled=False)),
            visits.post(f"{PAGE}/accept", self.accept),
            visits.post(f"{PAGE}/remove", self.remove),
        ]

    async def show(self, visit: Visit) -> Response:
        """GET."""
        return await self._page(visit, await everybodys(self.site.gateway, visit))

    async def test(self, visit: Visit) -> Response:
        """Opens it anew, as the administrator calls it; nothing changes, so the answer is the page itself."""
        upstream = await everybodys(self.site.gateway, visit)
        trial = await tried(self.site.gateway, upstream, visit.person.user_id)
        return await self._page(visit, upstream, Outcome(trial=trial))

    async def send(self, visit: Visit) -> Response:
        """What everybody's calls carry takes the place of what they carried.

        AS-104: what a command finds in its environment decides what runs, as the command itself does.
        """
        upstream = await everybodys(self.site.gateway, visit)
        try:
            sent = pairs(visit.form)
            check_secrets(upstream.transport, sent)
            if upstream.transport is Transport.STDIO:
                await self._ensure_may_steer(visit, upstream)
            noting = noted(ServerAct.SENDS_CHANGED, visit.person)
            await anyio.to_thread.run_sync(self.site.gateway.upstreams.send, upstream, sent, noting)
        except InvalidServerError as wrong:
            return await self._page(visit, upstream, Outcome(str(wrong)))
        return self._done(visit, upstream, ServerAct.SENDS_CHANGED)

    async def accept(self, visit: Visit) -> Response:
        """AS-105: for everybody who saw the old one."""
        upstream = await everybodys(self.site.gateway, visit)
        await accept_for_everybody(self.site.gateway, upstream, visit.person.user_id, visit.form)
        await anyio.to_thread.run_sync(self.site.acts.note, noted(ServerAct.TOOLS_ACCEPTED, visit.person), upstream)
        return self._done(visit, upstream, ServerAct.TOOLS_ACCEPTED)

    async def remove(self, visit: Visit) -> Response:
        """Once its name was typed; what a file says would come back with the next start."""
        upstream = await everybodys(self.site.gateway, visit)
        if upstream.origin == ORIGIN or visit.form.one("named").strip() != upstream.name:
            return await self._page(visit, upstream, NOT_ITS_NAME)
        noting = noted(ServerAct.REMOVED, visit.person)
        await anyio.to_thread.run_sync(self.site.gateway.upstreams.remove, upstream.id, noting)
        log_act(ServerAct.REMOVED, upstream, visit.person)
        return see_other(f"{MANAGED_PATH}?done=removed")

    async def _ensure_may_steer(self, visit: Visit, upstream: Upstream) -> None:
        """Raises InvalidServerError where commands are for who is at the machine, and SignInFirst."""
        if not self.site.settings.web_commands:
            raise InvalidServerError("What a command gets is entered at the machine here.")
        await self.site.visits.ensure_confirmed(visit, f"{MANAGED_PATH}/{upstream.name}")

    def _switch(self, *, is_enabled: bool) -> Handler:
        async def switch(visit: Visit) -> Response:
            upstream, upstreams = await everybodys(self.site.gateway, visit), self.site.gateway.upstreams
            act = ServerAct.ENABLED if is_enabled else ServerAct.DISABLED
            noting = noted(act, visit.person)
            await anyio.to_thread.run_sync(partial(upstreams.switch, upstream.id, is_enabled=is_enabled, noting=noting))
            return self._done(visit, upstream, act)

        return switch

    async def _page(self, visit: Visit, upstream: Upstream, outcome: Outcome = NOTHING_YET) -> Response:
        sent_to = self.site.gateway.upstreams.credentials.sent_to
        return await server_page(
            self.site,
            visit,
            upstream,
            "servers/managed_server.html",
            MANAGED_PATH,
            outcome,
            sends=sorted(await anyio.to_thread.run_sync(sent_to, upstream)),
            entered_by=await self._entered_by(visit, upstream),
            is_from_file=upstream.origin == ORIGIN,
            said=visit.said(DONE),
            proof=visit.form.one(PROOF) or visit.request.query_params.get(PROOF, ""),
            entered=visit.form,
            pairs=PAIRS,
        )

    async def _entered_by(self, visit: Visit, upstream: Upstream) -> tuple[int, list[ShownPerson]]:
        """How many people entered a credential of theirs, and who the first of them are."""
        people = await anyio.to_thread.run_sync(self.site.gateway.upstreams.credentials.people_of, upstream)
        named = await self.site.names.of(visit, sorted(people)[:MOST_NAMED])
        return len(people), sorted(named.values(), key=lambda one: one.label)

    def _done(self, visit: Visit, upstream: Upstream, act: ServerAct) -> Response:
        log_act(act, upstream, visit.person)
        return see_other(f"{MANAGED_PATH}/{upstream.name}?done={act}")


def routes(site: Site) -> list[Route]:
    """Of every server of everybody."""
    return ManagedServerPage(site).routes()
