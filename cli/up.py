"""`ostiary up`: both servers from one data folder, until Ctrl-C."""

import asyncio
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from auth_server.settings import Settings as AuthSettings
from cli.announcement import announce, setup_link
from cli.auth_database import configured_master_key
from cli.failures import load, readable_failures, stop
from cli.health import probe
from cli.options import DataDir, set_environment
from cli.sockets import PortTakenError, listen, port_of
from cli.supervisor import Child, supervise
from resource_server.settings import Settings as ResourceSettings
from shared.installation import open_installation
from shared.master_key import MasterKey

PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.1


def up(
    data_dir: DataDir = None,
    auth_port: Annotated[int | None, typer.Option(help="Port of the authorization server (9000).")] = None,
    mcp_port: Annotated[int | None, typer.Option(help="Port of the MCP endpoint (8000).")] = None,
    host: Annotated[str | None, typer.Option(help="Name or address to listen on (localhost).")] = None,
) -> None:
    """Start both servers, keep them running, and end them with one Ctrl-C."""
    set_environment(OSTIARY_DATA_DIR=data_dir, OSTIARY_AUTH_HOST=host, OSTIARY_RESOURCE_HOST=host)
    set_environment(OSTIARY_AUTH_PORT=auth_port, OSTIARY_RESOURCE_PORT=mcp_port)
    pair = _open_pair()
    with readable_failures():
        key = configured_master_key(pair.auth, open_installation(pair.auth.data_dir))
    raise typer.Exit(asyncio.run(supervise(pair.children(), lambda: _greet(pair, key))))


@dataclass(frozen=True)
class Pair:
    """Both servers' settings and the sockets they will serve."""

    auth: AuthSettings
    resource: ResourceSettings
    auth_sockets: Sequence[socket.socket]
    mcp_sockets: Sequence[socket.socket]

    def children(self) -> list[Child]:
        """The two processes."""
        environment = dict(os.environ)
        return [
            Child("the authorization server", ("serve", "auth"), environment, _fds(self.auth_sockets)),
            Child("the MCP server", ("serve", "mcp"), environment, _fds(self.mcp_sockets)),
        ]


def _open_pair() -> Pair:
    """Takes the ports first; the public URLs follow them unless they are set."""
    first_auth, first_mcp = load(AuthSettings), load(ResourceSettings)
    auth_sockets = _listen(first_auth.host, first_auth.port, "--auth-port")
    mcp_sockets = _listen(first_mcp.host, first_mcp.port, "--mcp-port")
    auth_port, mcp_port = port_of(auth_sockets), port_of(mcp_sockets)
    set_environment(OSTIARY_AUTH_PORT=auth_port, OSTIARY_RESOURCE_PORT=mcp_port)
    os.environ.setdefault("OSTIARY_ISSUER", f"http://localhost:{auth_port}")
    os.environ.setdefault("OSTIARY_MCP_URL", f"http://localhost:{mcp_port}/mcp")
    return Pair(load(AuthSettings), load(ResourceSettings), auth_sockets, mcp_sockets)


def _listen(host: str, port: int, option: str) -> list[socket.socket]:
    try:
        return listen(host, port)
    except PortTakenError as taken:
        stop(f"{taken}; choose another with {option}")
    except OSError as wrong:
        stop(str(wrong))


def _fds(sockets: Sequence[socket.socket]) -> tuple[int, ...]:
    return tuple(one.fileno() for one in sockets)


async def _greet(pair: Pair, key: MasterKey) -> None:
    """Waits until both answer, then says where they are."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _until_well(pair.auth.host, pair.auth.port, pair.auth.issuer)
            await _until_well(pair.resource.host, pair.resource.port, pair.resource.mcp_url)
    except TimeoutError:
        stop("the servers did not answer within two minutes; the lines above say why")
    announce(pair.auth, key, setup_link())


async def _until_well(host: str, port: int, public_url: str) -> None:
    """Asks again and again: another process has no other way to say that it is ready."""
    while (answer := await probe(host, port, public_url)) is None or answer.status_code != 200:  # noqa: ASYNC110 (same)
        await asyncio.sleep(POLL_SECONDS)
