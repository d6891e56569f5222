"""`ostiary gateway tool`: how a server's tools are shown: under which name, in which words, or not at all."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cli.failures import stop
from cli.gateway_servers import Name, OwnUser, Servers, open_servers
from cli.gateway_trial import tried
from cli.options import AsJson, DataDir
from resource_server.gateway.listing import Listing
from resource_server.gateway.naming import full_name
from resource_server.gateway.risks import risk_in_words
from resource_server.gateway.shapes import Shapes
from resource_server.gateway.shaping import PLAIN, ToolShape
from resource_server.gateway.upstream import Upstream
from shared.server_acts import ServerAct

Tool = Annotated[str, typer.Argument(help="The tool's own name, as its server says it.")]

app = typer.Typer(no_args_is_help=True, help="How a server's tools are shown to apps.")


@app.callback()
def group() -> None:
    """How a server's tools are shown to apps."""


@app.command("list")
def list_all(name: Name, user: OwnUser = "", as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List a server's tools: their own names, what apps see of them, and what they may do by their own account."""
    with open_servers(data_dir, user) as servers:
        upstream = servers.the_one(name)
        listing = _listed(servers, upstream)
        found = [_plain(upstream, tool, listing) for tool in sorted(listing.tools)]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for one in found:
        shown = one["shown_as"] or "hidden"
        typer.echo(f"{one['tool']}  {shown}  ({one['risk']}{'; described here' if one['is_described_here'] else ''})")


@app.command("rename")
def rename(
    name: Name,
    tool: Tool,
    new_name: Annotated[
        str, typer.Argument(help="What it is called behind the server's name; its own name undoes it.")
    ],
    user: OwnUser = "",
    data_dir: DataDir = None,
) -> None:
    """Call a tool otherwise. Grants go on naming it by its own name."""
    shown_as = "" if new_name == tool else new_name
    _reshape(data_dir, user, name, tool, lambda shape: replace(shape, name=shown_as))
    typer.echo(f"{tool} of {name} is {full_name(name, new_name)} for apps.")


@app.command("hide")
def hide(name: Name, tool: Tool, user: OwnUser = "", data_dir: DataDir = None) -> None:
    """Show a tool to nobody: it is neither listed nor called, whatever grants say."""
    _reshape(data_dir, user, name, tool, lambda shape: replace(shape, is_hidden=True))
    typer.echo(f"{tool} of {name} is hidden; `ostiary gateway tool show {name} {tool}` shows it again.")


@app.command("show")
def show(name: Name, tool: Tool, user: OwnUser = "", data_dir: DataDir = None) -> None:
    """Show a tool that was hidden."""
    _reshape(data_dir, user, name, tool, lambda shape: replace(shape, is_hidden=False))
    typer.echo(f"{tool} of {name} is shown.")


@app.command("describe")
def describe(
    name: Name,
    tool: Tool,
    description: Annotated[str, typer.Argument(help="What models read of it; empty for its server's own words.")],
    title: Annotated[str | None, typer.Option("--title", help="Its title, too.")] = None,
    user: OwnUser = "",
    data_dir: DataDir = None,
) -> None:
    """Say of a tool what it is for, in place of what its server says. That still has to be accepted when it changes."""

    def described(shape: ToolShape) -> ToolShape:
        return replace(shape, description=description, title=shape.title if title is None else title)

    _reshape(data_dir, user, name, tool, described)
    typer.echo(f"{tool} of {name} is described {'here' if description else 'by its server'}.")


def _reshape(data_dir: Path | None, user: str, name: str, tool: str, change: Callable[[ToolShape], ToolShape]) -> None:
    with open_servers(data_dir, user) as servers:
        upstream = servers.the_one(name)
        listing = _listed(servers, upstream)
        if tool not in listing.tools and tool not in upstream.shaping.shapes:
            stop(f"{name} has no tool {tool!r}; `ostiary gateway tool list {name}` shows them")
        shape, noting = change(_shape_of(upstream, tool)), servers.noting(ServerAct.TOOL_SHAPED)
        Shapes(servers.upstreams.engine).put(upstream, tool, shape, listing.tools, noting)


def _listed(servers: Servers, upstream: Upstream) -> Listing:
    trial = tried(servers, upstream)
    if trial.problem:
        stop(trial.problem)
    return trial.listing


def _shape_of(upstream: Upstream, tool: str) -> ToolShape:
    return upstream.shaping.shapes.get(tool, PLAIN)


def _plain(upstream: Upstream, tool: str, listing: Listing) -> dict[str, object]:
    shape, name = _shape_of(upstream, tool), upstream.shaping.name_of(tool)
    return {
        "tool": tool,
        "shown_as": full_name(upstream.name, name) if name is not None else None,
        "is_described_here": bool(shape.title or shape.description),
        "risk": risk_in_words(listing.tools[tool]),
    }
