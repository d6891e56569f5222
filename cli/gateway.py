"""`ostiary gateway`: other MCP servers, which people reach through this one."""

import json
from typing import Annotated

import anyio
import typer

from cli import (
    gateway_accept,
    gateway_adding,
    gateway_client,
    gateway_credentials,
    gateway_import,
    gateway_tools,
    gateway_trial,
)
from cli.failures import stop
from cli.gateway_servers import Name, OwnUser, open_servers
from cli.gateway_shown import plain, state, where
from cli.options import AsJson, DataDir
from shared.server_acts import ServerAct

app = typer.Typer(no_args_is_help=True, help="Other MCP servers, reached through this one.")


@app.callback()
def group() -> None:
    """Other MCP servers, reached through this one."""


app.command("add")(gateway_adding.add)


@app.command("list")
def list_all(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List every server, people's own too; never what they get."""
    with open_servers(data_dir) as servers:
        found = servers.upstreams.every(None)
        if as_json:
            typer.echo(json.dumps([plain(servers, one) for one in found], indent=2))
            return
        for one in found:
            whose = f" of {servers.called.get(one.owner, one.owner)}" if one.owner else ""
            said = state(servers, one)
            typer.echo(f"{one.name}{whose}  {one.transport}  {where(one)}{f'  ({said})' if said else ''}")
    if not found:
        typer.echo("There is no server behind this one; `ostiary gateway add` adds one.")


@app.command("show")
def show(name: Name, user: OwnUser = "", as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show a server: where it is, what it gets by name, and what it waits for."""
    with open_servers(data_dir, user) as servers:
        told = plain(servers, servers.the_one(name))
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    for field, value in told.items():
        if value not in (None, [], False):
            text = " ".join(map(str, value)) if isinstance(value, list) else value
            text = ", ".join(f"{name} {one}" for name, one in value.items()) if isinstance(value, dict) else text
            typer.echo(f"{field.replace('_', ' '):<11} {'yes' if text is True else text}")


@app.command("remove")
def remove(
    name: Name,
    user: OwnUser = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Remove a server, with everything people entered for it; its processes end."""
    with open_servers(data_dir, user) as servers:
        upstream = servers.the_one(name)
        servers.refuse_if_of_file(upstream)
        people = len(
            servers.upstreams.credentials.people_of(upstream) | servers.connecting.tokens.every(upstream.id).keys()
        )
        if people and not yes and not typer.confirm(f"{people} people's credentials go with it. Remove {name}?"):
            stop(f"{name} was not removed")
        servers.upstreams.remove(upstream.id, servers.noting(ServerAct.REMOVED))
        anyio.run(servers.connecting.give_back)
    typer.echo(
        f"{name} is removed. Apps and keys that name it reach no other server of this name until they are changed."
    )


@app.command("enable")
def enable(name: Name, user: OwnUser = "", data_dir: DataDir = None) -> None:
    """Switch a server on again."""
    _switch(name, user, data_dir, is_enabled=True)
    typer.echo(f"{name} is on.")


@app.command("disable")
def disable(name: Name, user: OwnUser = "", data_dir: DataDir = None) -> None:
    """Switch a server off: nobody sees or calls it, and its processes end; nothing is forgotten."""
    _switch(name, user, data_dir, is_enabled=False)
    typer.echo(f"{name} is off; `ostiary gateway enable {name}` switches it on.")


def _switch(name: str, user: str, data_dir: DataDir, *, is_enabled: bool) -> None:
    with open_servers(data_dir, user) as servers:
        upstream = servers.the_one(name)
        act = ServerAct.ENABLED if is_enabled else ServerAct.DISABLED
        servers.upstreams.switch(upstream.id, is_enabled=is_enabled, noting=servers.noting(act))


app.command("client")(gateway_client.enter_client)
app.command("test")(gateway_trial.try_it)
app.command("import")(gateway_import.import_file)
app.command("accept")(gateway_accept.accept)
app.add_typer(gateway_credentials.app, name="credential")
app.add_typer(gateway_tools.app, name="tool")
