"""`ostiary gateway import`: servers from the JSON with `mcpServers` that other programs keep."""

import json
from typing import Annotated

import typer

from cli.failures import stop
from cli.gateway_servers import OwnUser, open_servers
from cli.given_text import text_of
from cli.options import AsJson, DataDir
from resource_server.gateway.adding import Adding, Brought
from resource_server.gateway.configuration import UnreadableConfigurationError, read_configuration
from shared.server_acts import ServerAct


def import_file(
    file: Annotated[str, typer.Argument(help="The file, such as claude_desktop_config.json; - is standard input.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    user: OwnUser = "",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Add the servers of a file with `mcpServers`; those whose names are taken stay as they are."""
    try:
        entries = read_configuration(text_of(file))
    except UnreadableConfigurationError as wrong:
        stop(f"{file} cannot be used: {wrong}")
    with open_servers(data_dir, user) as servers:
        adding = Adding(servers.upstreams, servers.ways.clients)
        noting = servers.noting(ServerAct.ADDED)
        brought = [adding.bring(entry, servers.person, dry_run=dry_run, noting=noting) for entry in entries]
        told = [_told(one) for one in brought]
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    for one in told:
        typer.echo(f"{one['in_file']}: {one['said']}{one['note']}")
    if not told:
        typer.echo("The file names no server.")


def _told(brought: Brought) -> dict[str, object]:
    return {
        "in_file": brought.in_file,
        "name": brought.name or None,
        "is_added": brought.is_added,
        "said": brought.said,
        "note": f" Left out: {', '.join(brought.left_out)}." if brought.left_out else "",
    }
