"""/manage/commands and /manage/import: servers that are programs, and those of a file that may name programs.

AS-104: an administrator who proved within five minutes who they are; a setting turns programs off.
"""

from dataclasses import dataclass
from functools import partial

import anyio
from starlette.responses import Response
from starlette.routing import Route

from resource_server.gateway.adding import Adding
from resource_server.gateway.configuration import Entry, UnreadableConfigurationError, read_configuration
from resource_server.gateway.described import Described
from resource_server.gateway.upstream import NOBODY, InvalidServerError, NameTakenError, Transport
from resource_server.web.entered import PAIRS, described_command
from resource_server.web.problems import PageProblem
from resource_server.web.site import Site
from resource_server.web.tracing import log_act, noted
from resource_server.web.visits import PROOF, Visit, see_other
from shared.own_pages import MANAGED_PATH
from shared.server_acts import ServerAct

COMMANDS, IMPORT = "/manage/commands", "/manage/import"
AT_THE_MACHINE = "Servers that are commands are added at the machine here."


@dataclass(frozen=True)
class CommandPages:
    """Both pages and their forms."""

    site: Site

    def routes(self) -> list[Route]:
        """All of them."""
        visits = self.site.visits
        return [
            visits.get(COMMANDS, self.command_page),
            visits.post(COMMANDS, self.add_command),
            visits.get(IMPORT, self.import_page),
            visits.post(IMPORT, self.import_file),
        ]

    async def command_page(self, visit: Visit) -> Response:
        """GET."""
        self._ensure_commands(visit)
        return self._page(visit, "servers/command.html", self.site.visits.confirmed(visit))

    async def add_command(self, visit: Visit) -> Response:
        """A program with its arguments, which no shell reads."""
        self._ensure_commands(visit)
        try:
            described = described_command(visit.form)
            await self._check(described)
        except InvalidServerError as wrong:
            return self._page(visit, "servers/command.html", visit.form.one(PROOF), str(wrong), 400)
        await self.site.visits.ensure_confirmed(visit, COMMANDS)
        noting = noted(ServerAct.ADDED, visit.person)
        upstream = await anyio.to_thread.run_sync(self._adding.add, described, NOBODY, noting)
        log_act(ServerAct.ADDED, upstream, visit.person)
        return see_other(f"{MANAGED_PATH}/{upstream.name}?done=added")

    async def import_page(self, visit: Visit) -> Response:
        """GET."""
        visit.ensure_manages()
        return self._page(visit, "servers/import.html", self.site.visits.confirmed(visit))

    async def import_file(self, visit: Visit) -> Response:
        """All of the file, or nothing when one of its servers cannot be used; names that are taken stay."""
        visit.ensure_manages()
        try:
            entries = read_configuration(visit.form.one("file"))
            problems = [f"{entry.name}: {why}" for entry in entries if (why := self._unusable(entry))]
        except UnreadableConfigurationError as wrong:
            problems = [f"The text cannot be used: {wrong}."]
        if problems:
            return self._page(visit, "servers/import.html", visit.form.one(PROOF), " ".join(problems), 400)
        await self.site.visits.ensure_confirmed(visit, IMPORT)
        bring = partial(self._adding.bring, noting=noted(ServerAct.ADDED, visit.person))
        brought = [await anyio.to_thread.run_sync(bring, entry) for entry in entries]
        for one in [one for one in brought if one.is_added]:
            upstream = await anyio.to_thread.run_sync(self.site.gateway.upstreams.named, one.name)
            if upstream is not None:
                log_act(ServerAct.ADDED, upstream, visit.person)
        added = sum(one.is_added for one in brought)
        return see_other(f"{MANAGED_PATH}?done=imported&added={added}&known={len(brought) - added}")

    @property
    def _adding(self) -> Adding:
        return Adding(self.site.gateway.upstreams, self.site.gateway.ways.clients)

    async def _check(self, described: Described) -> None:
        """Everything that can be known before it is there. Raises InvalidServerError."""
        described.check()
        if await anyio.to_thread.run_sync(self.site.gateway.upstreams.named, described.name) is not None:
            raise NameTakenError(described.name)

    def _unusable(self, entry: Entry) -> str:
        if entry.described is None:
            return entry.problem
        if entry.described.transport is Transport.STDIO and not self.site.settings.web_commands:
            return AT_THE_MACHINE
        try:
            self._adding.check_reach(entry.described)
        except InvalidServerError as wrong:
            return str(wrong)
        return ""

    def _ensure_commands(self, visit: Visit) -> None:
        """Raises PageProblem 403."""
        visit.ensure_manages()
        if not self.site.settings.web_commands:
            next_step = "Use `ostiary gateway add` there."
            raise PageProblem("Commands are not added here", AT_THE_MACHINE, next_step, 403, "commands_off")

    def _page(self, visit: Visit, template: str, proof: str, problem: str = "", status: int = 200) -> Response:
        return self.site.page(
            visit,
            template,
            MANAGED_PATH,
            status,
            proof=proof,
            problem=problem,
            entered=visit.form,
            pairs=PAIRS,
            commands=self.site.settings.web_commands,
        )


def routes(site: Site) -> list[Route]:
    """Of both pages."""
    return CommandPages(site).routes()
