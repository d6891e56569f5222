"""Tools that are not what they were when they were accepted: what changed, and the way to accept them (AS-105)."""

from dataclasses import dataclass

import anyio

from resource_server.gateway.differences import difference
from resource_server.gateway.digests import digest_of
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.links import Viewer
from resource_server.gateway.listing import Definition
from resource_server.gateway.upstream import Upstream
from resource_server.web.problems import PageProblem
from shared.forms import Form


@dataclass(frozen=True)
class ChangedTool:
    """`lines` are what is different, each with its sign; `seen` names the state of the tool that the page shows."""

    name: str
    lines: tuple[str, ...]
    seen: str


async def changed_tools(gateway: Gateway, upstream: Upstream, user_id: str) -> list[ChangedTool]:
    """Those that wait for this person."""
    if not upstream.is_enabled:
        return []
    seen = await gateway.seen(upstream, Viewer(user_id, ""), patience=0)
    names = sorted(seen.changed)
    before = await anyio.to_thread.run_sync(gateway.acceptance.before, upstream.id, user_id, names)
    tools = seen.listing.tools
    return [
        ChangedTool(name, tuple(difference(name, before[name], tools[name])[2:]), digest_of(tools[name]))
        for name in names
        if name in before
    ]


async def accept_changed(gateway: Gateway, upstream: Upstream, user_id: str, form: Form) -> None:
    """The tool that the form names, for this person. Raises PageProblem."""
    tools = await _shown_tool(gateway, upstream, user_id, form)
    await anyio.to_thread.run_sync(gateway.acceptance.accept, upstream.id, user_id, tools)


async def accept_for_everybody(gateway: Gateway, upstream: Upstream, user_id: str, form: Form) -> None:
    """The same, for all who accepted another one. Raises PageProblem.

    Where each person has a credential of their own, what one is shown says nothing of the others: then for those alone
    who accepted the very same before.
    """
    tools = await _shown_tool(gateway, upstream, user_id, form)
    outdated = await anyio.to_thread.run_sync(gateway.acceptance.outdated, upstream.id, tools)
    before = outdated.get(user_id)
    for viewer in {user_id, *(one for one, old in outdated.items() if not upstream.asks_person or old == before)}:
        await anyio.to_thread.run_sync(gateway.acceptance.accept, upstream.id, viewer, tools)


async def _shown_tool(gateway: Gateway, upstream: Upstream, user_id: str, form: Form) -> dict[str, Definition]:
    """If it still is what its page showed."""
    name = form.one("tool")
    seen = await gateway.seen(upstream, Viewer(user_id, ""))
    if name not in seen.changed or digest_of(seen.listing.tools[name]) != form.one("seen"):
        raise PageProblem(
            "The tool changed once more",
            "It is not what the page showed, so it was not accepted.",
            "Open the server again and look at what it is now.",
            409,
            "changed_meanwhile",
        )
    return {name: seen.listing.tools[name]}
