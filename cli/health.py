"""`ostiary health auth|mcp`: asks a running server how it is, for container health checks and for people."""

import asyncio
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

import httpx2
import typer

from auth_server.settings import Settings as AuthSettings
from cli.failures import load
from resource_server.settings import Settings as ResourceSettings
from shared.urls import authority

PROBE_SECONDS = 3


class Server(StrEnum):
    """The two servers."""

    AUTH = "auth"
    MCP = "mcp"


def health(server: Annotated[Server, typer.Argument(help="Which server to ask.")]) -> None:
    """Print a server's health document; exit code 1 unless it is well."""
    settings = load(AuthSettings) if server is Server.AUTH else load(ResourceSettings)
    public_url = settings.issuer if server is Server.AUTH else settings.mcp_url
    answer = asyncio.run(probe(settings.host, settings.port, public_url))
    typer.echo(answer.text.strip() if answer else f"{server} does not answer on port {settings.port}{_named(server)}")
    if answer is None or answer.status_code != 200:
        raise typer.Exit(1)


async def probe(host: str, port: int, public_url: str) -> httpx2.Response | None:
    """The answer of `/health`, or None when there is none within three seconds."""
    target = f"http://{reachable(host)}:{port}/health"
    headers = {"Host": authority(urlsplit(public_url))}  # other names get 421
    # Plain http to this machine: certificates would take longer to load than the answer takes, and starts ask often.
    client = httpx2.AsyncClient(timeout=PROBE_SECONDS, trust_env=False, verify=False)
    try:
        async with client:
            return await client.get(target, headers=headers)
    except httpx2.TransportError:
        return None


def _named(server: Server) -> str:
    """Which setting says where it listens."""
    return f"; OSTIARY_{'AUTH' if server is Server.AUTH else 'RESOURCE'}_PORT names another"


def reachable(host: str) -> str:
    """Where a process on this machine finds a server that listens on `host`."""
    if host in ("localhost", "0.0.0.0", ""):  # noqa: S104 (compared, not bound)
        return "127.0.0.1"
    if host == "::":
        return "[::1]"
    return f"[{host}]" if ":" in host else host
