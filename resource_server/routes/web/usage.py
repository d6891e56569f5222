"""GET /usage and /manage/usage: how often tools are called, how long they take, and what models had to read."""

from dataclasses import dataclass, replace

import anyio
from starlette.responses import Response
from starlette.routing import Route

from resource_server.usage.pictures import OWN, usage_charts
from resource_server.usage.reading import GroupBy, Usage, Uses, WantedUses, total
from resource_server.web.peoples_names import ShownPerson
from resource_server.web.site import Site
from resource_server.web.visits import Visit
from shared.charts import Chart
from shared.own_pages import MANAGED_USAGE_PATH, USAGE_PATH
from shared.spans import Span

MOST_ROWS = 50
MINE = (GroupBy.SERVER, GroupBy.APP)
EVERYBODYS = (GroupBy.SERVER, GroupBy.PERSON, GroupBy.APP)


@dataclass(frozen=True)
class SeenUsage:
    """What the page shows: all calls as one, charts, and tools and people one by one, those with most calls first."""

    whole: Usage
    charts: list[Chart]
    tools: list[Usage]
    people: list[tuple[ShownPerson, Usage]]


def routes(site: Site) -> list[Route]:
    """A person's own numbers, and for administrators everybody's."""

    async def mine(visit: Visit) -> Response:
        return await _page(site, visit, USAGE_PATH, WantedUses(_span(visit).starts[0], user_id=visit.person.user_id))

    async def everybodys(visit: Visit) -> Response:
        visit.ensure_manages()
        return await _page(site, visit, MANAGED_USAGE_PATH, WantedUses(_span(visit).starts[0]))

    return [site.visits.get(USAGE_PATH, mine), site.visits.get(MANAGED_USAGE_PATH, everybodys)]


async def _page(site: Site, visit: Visit, here: str, wanted: WantedUses) -> Response:
    """Of one server alone where the address names it."""
    server = visit.request.query_params.get("server")
    span, wanted = _span(visit), replace(wanted, server=server)
    is_everybodys = here == MANAGED_USAGE_PATH
    people = await _people(site, visit, wanted) if is_everybodys else None
    seen = await anyio.to_thread.run_sync(_seen, site, wanted, span, people)
    return site.page(
        visit, "servers/usage.html", here, seen=seen, usage_path=here, span=str(span), server=server, own=OWN,
        everybodys=is_everybodys,
    )  # fmt: skip


async def _people(site: Site, visit: Visit, wanted: WantedUses) -> list[tuple[ShownPerson, Usage]]:
    """Everybody whose apps called, with who that is. Raises PageProblem 403 unless an administrator looks."""
    usages = await anyio.to_thread.run_sync(lambda: _uses(site).by(GroupBy.PERSON, wanted))
    names = await site.names.of(visit, [usage.key for usage in usages])
    return [(names[usage.key], usage) for usage in usages]


def _seen(site: Site, wanted: WantedUses, span: Span, people: list[tuple[ShownPerson, Usage]] | None) -> SeenUsage:
    uses = _uses(site)
    labels = {person.id: person.label for person, _ in people or ()}
    by = MINE if people is None else EVERYBODYS
    charts = usage_charts(uses, wanted, span, by, lambda user_id: labels.get(user_id, user_id))
    tools = uses.by(GroupBy.TOOL, wanted)
    return SeenUsage(total(tools), charts, tools[:MOST_ROWS], (people or [])[:MOST_ROWS])


def _uses(site: Site) -> Uses:
    """With what this process counted until now."""
    site.keeping.settle()
    return Uses(site.keeping.engine)


def _span(visit: Visit) -> Span:
    asked = visit.request.query_params.get("span", "")
    return Span(asked) if asked in set(Span) else Span.DAY
