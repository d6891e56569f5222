"""`ostiary up`: both servers from one data folder, until Ctrl-C."""

import asyncio
from contextlib import ExitStack
from typing import Annotated

import typer

from auth_server.settings import Settings as AuthSettings
from cli.addresses import remember_addresses
from cli.failures import load, readable_failures
from cli.greeting import greet
from cli.master_key import configured_master_key
from cli.occupancy import occupied
from cli.options import DataDir, set_environment
from cli.pair import open_pair
from cli.public_url import use_public_url
from cli.supervisor import supervise
from cli.unknown_settings import warn_of_unknown_settings
from shared.installation import open_installation


def up(
    data_dir: DataDir = None,
    auth_port: Annotated[int | None, typer.Option(help="Port of the authorization server (9000).")] = None,
    mcp_port: Annotated[int | None, typer.Option(help="Port of the MCP endpoint (8000).")] = None,
    host: Annotated[str | None, typer.Option(help="Name or address to listen on (localhost).")] = None,
    single_port: Annotated[bool, typer.Option("--single-port", help="Serve everything at the MCP port.")] = False,
    public_url: Annotated[
        str | None, typer.Option(help="The https address that a tunnel or proxy leads to the single port.")
    ] = None,
) -> None:
    """Start both servers, keep them running, and end them with one Ctrl-C."""
    warn_of_unknown_settings()
    set_environment(OSTIARY_DATA_DIR=data_dir, OSTIARY_AUTH_HOST=host, OSTIARY_RESOURCE_HOST=host)
    set_environment(OSTIARY_AUTH_PORT=auth_port, OSTIARY_RESOURCE_PORT=mcp_port)
    if public_url is not None:
        use_public_url(public_url)
    if single_port or public_url is not None:
        set_environment(OSTIARY_RESOURCE_SINGLE_PORT=True)
    with ExitStack() as held:
        with readable_failures():
            # Before the ports: whoever runs here already has them, and the folder is the better answer.
            held.enter_context(occupied(load(AuthSettings).data_dir))
            _refuse_unusable_keys(load(AuthSettings))
            pair = open_pair()
            remember_addresses(pair.auth)
            key = configured_master_key(pair.auth, open_installation(pair.auth.data_dir))
        code = asyncio.run(supervise(pair.children(), lambda: greet(pair, key)))
    raise typer.Exit(code)


def _refuse_unusable_keys(settings: AuthSettings) -> None:
    """What cannot be a key is said once, before anything starts. Raises CannotStartError."""
    if any((settings.mcp_api_key, settings.mcp_api_keys, settings.kagura_api_key, settings.auth_tokens)):
        # Where there are none, the start does not wait for the database layer that this brings.
        from auth_server.keys.configured_keys import configured_keys

        configured_keys(settings)
