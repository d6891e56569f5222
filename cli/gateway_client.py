"""`ostiary gateway client`: what this installation is to the authorization server of a server that people connect."""

from typing import Annotated

import typer

from cli.failures import stop
from cli.gateway_secrets import asked_value
from cli.gateway_servers import Name, OwnUser, open_servers
from cli.options import DataDir
from resource_server.gateway.oauth.challenges import Challenge
from resource_server.gateway.oauth.client_document import callback_url
from resource_server.gateway.upstream import Transport
from shared.server_acts import ServerAct


def enter_client(
    name: Name,
    client_id: Annotated[str, typer.Option("--id", help="The client_id that was given there.")],
    has_secret: Annotated[
        bool, typer.Option("--secret", help="Ask for its secret: on the terminal, or as a line of standard input.")
    ] = False,
    user: OwnUser = "",
    data_dir: DataDir = None,
) -> None:
    """Enter a client that was registered by hand; without one, Ostiary registers itself where that is possible."""
    with open_servers(data_dir, user) as servers:
        upstream = servers.the_one(name)
        if upstream.transport is Transport.STDIO:
            stop(f"{name} is a command; nobody signs in to it")
        if not client_id.strip() or not client_id.isprintable():
            stop("a client_id is a word that can be printed")
        secret = asked_value("client secret") if has_secret else ""
        servers.connecting.clients.enter(upstream.id, client_id.strip(), secret)
        servers.upstreams.credentials.protect(upstream, Challenge())
        servers.note(ServerAct.CLIENT_ENTERED, upstream)
        way_back = callback_url(servers.settings.mcp_origin, upstream.name)
    typer.echo(f"{name} knows this installation as {client_id.strip()}; its redirect URI there is {way_back}")
