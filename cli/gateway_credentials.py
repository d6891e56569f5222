"""`ostiary gateway credential`: what a server gets, for everybody or from one person."""

import anyio
import typer

from cli.failures import stop
from cli.gateway_adding import Headers, Variables
from cli.gateway_secrets import asked_value, given_secrets
from cli.gateway_servers import AsUser, Name, open_servers
from cli.options import DataDir
from shared.server_acts import ServerAct

app = typer.Typer(no_args_is_help=True, help="What a server gets, for everybody or from one person.")


@app.callback()
def group() -> None:
    """What a server gets, for everybody or from one person."""


@app.command("set")
def set_credential(
    name: Name, header: Headers = None, env: Variables = None, user: AsUser = "", data_dir: DataDir = None
) -> None:
    """Give a server other headers or variables; what it asks a person for is asked for where it is not given."""
    with open_servers(data_dir, user) as servers:
        upstream = servers.seen_by_person(name)
        given = given_secrets(upstream.transport, header or (), env or ())
        if servers.person and upstream.owner != servers.person:
            if not upstream.asks:
                stop(f"{name} asks nobody for a credential of their own; without --user it is set for everybody")
            asked = {one: asked_value(one) for one in upstream.asks if one not in given}
            servers.upstreams.enter(upstream, servers.person, given | asked)
            servers.note(ServerAct.CREDENTIAL_ENTERED, upstream)
        else:
            if not given:
                stop("say what with --header Name or --env NAME; the value is asked for")
            servers.refuse_if_of_file(upstream)
            servers.upstreams.send(upstream, given, servers.noting(ServerAct.SENDS_CHANGED))
    typer.echo(f"{name} gets it from the next call on.")


@app.command("remove")
def remove_credential(name: Name, user: AsUser = "", data_dir: DataDir = None) -> None:
    """Forget what a server gets, for everybody or from one person; tokens are given back."""
    with open_servers(data_dir, user) as servers:
        upstream = servers.seen_by_person(name)
        if servers.person and upstream.owner != servers.person:
            is_connected = servers.connecting.tokens.of(upstream.id, servers.person) is not None
            if not is_connected and servers.person not in servers.upstreams.credentials.people_of(upstream):
                stop(f"{user} entered nothing for {name}")
            servers.upstreams.forget(upstream, servers.person)
            servers.note(ServerAct.CREDENTIAL_FORGOTTEN, upstream)
            anyio.run(servers.connecting.give_back)
        else:
            servers.refuse_if_of_file(upstream)
            servers.upstreams.send(upstream, {}, servers.noting(ServerAct.SENDS_CHANGED))
    typer.echo(f"{name} does not get it any more.")
