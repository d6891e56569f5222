"""`ostiary gateway import`: servers from the JSON with `mcpServers` that other programs keep."""

import json
from typing import Annotated

import typer

from cli.failures import stop
from cli.gateway_servers import OwnUser, Servers, open_servers
from cli.given_text import text_of
from cli.options import AsJson, DataDir
from resource_server.gateway.configuration import Entry, UnreadableConfigurationError, read_configuration
from resource_server.gateway.http_clients import RefusedAddressError
from resource_server.gateway.upstream import Transport


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
        told = [_bring(servers, entry, dry_run=dry_run) for entry in entries]
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    for one in told:
        typer.echo(f"{one['in_file']}: {one['said']}{one['note']}")
    if not told:
        typer.echo("The file names no server.")


def _bring(servers: Servers, entry: Entry, *, dry_run: bool) -> dict[str, object]:
    described, said = entry.described, ""
    if described is None:
        return {"in_file": entry.name, "name": None, "is_added": False, "said": entry.problem, "note": ""}
    try:
        if described.transport is not Transport.STDIO:
            servers.ways.clients.check(described.url)
    except RefusedAddressError as refused:
        said = str(refused)
    owners = {servers.person, ""}
    if any(servers.upstreams.named(described.name, owner) for owner in owners):
        said = f"there is a server {described.name!r} already, which stays as it is."
    if not said and not dry_run:
        servers.upstreams.enlist(described, servers.person)
    done = "would be added" if dry_run else "added"
    return {
        "in_file": entry.name,
        "name": described.name,
        "is_added": not said,
        "said": said or f"{done} as {described.name}, {described.transport}.",
        "note": f" Left out: {', '.join(entry.left_out)}." if entry.left_out else "",
    }
