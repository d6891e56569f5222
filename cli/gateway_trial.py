"""`ostiary gateway test`: opens a server, and says what works and what does not."""

import json

import anyio
import typer

from cli.failures import stop
from cli.gateway_servers import AsUser, Name, Servers, open_servers
from cli.options import AsJson, DataDir
from resource_server.gateway.oauth.access import Access
from resource_server.gateway.oauth.persons_credential import PersonsCredential
from resource_server.gateway.trial import Trial, try_server
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.wanted import CredentialWantedError

NAME_A_PERSON = "{} asks each person for a credential: name one who entered it with --user"


def try_it(name: Name, user: AsUser = "", as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Open a server, and say its revision, transport, tools and how long it took; exit code 1 if it does not work."""
    with open_servers(data_dir, user) as servers:
        upstream = servers.seen_by_person(name)
        trial = tried(servers, upstream)
    if as_json:
        typer.echo(json.dumps(_plain(upstream, trial), indent=2))
    else:
        _print(upstream, trial)
    if trial.problem:
        raise typer.Exit(1)


def tried(servers: Servers, upstream: Upstream) -> Trial:
    """With the credential of the person named; a server that asks for one ends the command without."""
    secrets = servers.upstreams.secrets_for(upstream, servers.person)
    if secrets is None and servers.person and upstream.uses_oauth:
        wanted = servers.upstreams.credentials.wanted_by(upstream, servers.person)
        stop(_wanted(servers, wanted))
    if secrets is None and not servers.person:
        stop(NAME_A_PERSON.format(upstream.name))
    if secrets is None:
        stop(
            f"{servers.called.get(servers.person)} entered nothing for {upstream.name}; "
            f"`ostiary gateway credential set` does"
        )
    access = Access(servers.upstreams.credentials, servers.connecting.fetching)
    auth = PersonsCredential(access, upstream, servers.person) if upstream.uses_oauth else None
    trial = anyio.run(try_server, upstream, secrets, servers.ways, auth)
    if trial.wanted is not None and not servers.person:
        stop(NAME_A_PERSON.format(upstream.name))
    if trial.wanted is not None:
        stop(_wanted(servers, trial.wanted))
    return trial


def _wanted(servers: Servers, wanted: CredentialWantedError) -> str:
    return f"{servers.called.get(servers.person)}: {wanted.said} {wanted.page(servers.settings.mcp_origin)}"


def _print(upstream: Upstream, trial: Trial) -> None:
    if trial.problem:
        typer.echo(trial.problem)
        for line in trial.said:
            typer.echo(f"  {line}")
        return
    typer.echo(
        f"{upstream.name} works: {_printable(trial.program)}, MCP {_printable(trial.revision)}, "
        f"{upstream.transport}, opened in {trial.opened_ms} ms, listed in {trial.listed_ms} ms."
    )
    for tool in sorted(trial.listing.tools):
        typer.echo(f"  {tool}")
    if trial.listing.unsendable:
        names = ", ".join(map(repr, trial.listing.unsendable))
        typer.echo(f"Left out, for their names could pass for others or clients refuse them: {names}")


def _plain(upstream: Upstream, trial: Trial) -> dict[str, object]:
    return {
        "name": upstream.name,
        "works": not trial.problem,
        "problem": trial.problem,
        "transport": upstream.transport.value,
        "revision": trial.revision,
        "program": trial.program,
        "opened_ms": trial.opened_ms,
        "listed_ms": trial.listed_ms,
        "tools": sorted(trial.listing.tools),
        "left_out": list(trial.listing.unsendable),
        "said": list(trial.said),
    }


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
