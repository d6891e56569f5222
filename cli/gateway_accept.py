"""`ostiary gateway accept`: shows how tools changed since they were accepted, and accepts them as they are."""

from collections.abc import Mapping
from typing import Annotated

import typer

from cli.failures import stop
from cli.gateway_servers import AsUser, Name, open_servers
from cli.gateway_trial import tried
from cli.options import DataDir
from resource_server.gateway.differences import difference
from resource_server.gateway.listing import Definition
from shared.server_acts import ServerAct

Outdated = dict[str, dict[str, Definition]]


def accept(
    name: Name,
    tool: Annotated[
        list[str] | None, typer.Argument(help="The tools' own names; all that changed unless named.")
    ] = None,
    user: AsUser = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Show how tools changed since they were accepted, and show them to apps again; for all who saw the old ones."""
    with open_servers(data_dir, user) as servers:
        upstream = servers.seen_by_person(name)
        trial = tried(servers, upstream)
        if trial.problem:
            stop(trial.problem)
        tools = trial.listing.tools
        outdated = _wanted(servers.acceptance.outdated(upstream.id, tools), tool, servers.person)
        if not outdated:
            typer.echo(f"Nothing of {name} changed since it was accepted.")
            return
        for line in _differences(outdated, tools):
            typer.echo(line)
        if not yes and not typer.confirm("Show them to apps again, as they are now?"):
            stop("nothing was accepted")
        for viewer, old in outdated.items():
            servers.acceptance.accept(upstream.id, viewer, {one: tools[one] for one in old})
        servers.note(ServerAct.TOOLS_ACCEPTED, upstream)
    typer.echo(f"Accepted: {', '.join(sorted({one for old in outdated.values() for one in old}))}.")


def _wanted(outdated: Outdated, tools: list[str] | None, person: str) -> Outdated:
    """Of the tools that are named, for the person that is named."""
    changed = {one for old in outdated.values() for one in old}
    if unknown := set(tools or ()) - changed:
        stop(f"{', '.join(map(repr, sorted(unknown)))} did not change")
    found = {
        viewer: {one: definition for one, definition in old.items() if not tools or one in tools}
        for viewer, old in outdated.items()
        if person in ("", viewer)
    }
    return {viewer: old for viewer, old in found.items() if old}


def _differences(outdated: Outdated, tools: Mapping[str, Definition]) -> list[str]:
    """Each difference once, whoever accepted the old one; what a terminal would act on is written out."""
    found = {
        "\n".join(difference(name, before, tools[name])): None
        for old in outdated.values()
        for name, before in sorted(old.items())
    }
    return list(found)
