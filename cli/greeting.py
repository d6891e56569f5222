"""When `ostiary up` may say that it runs: both servers answer, and one hears the other."""

import asyncio
import sys
from collections.abc import Callable

import httpx2

from cli.failures import stop
from cli.health import probe
from cli.pair import Pair
from shared.master_key import MasterKey

PATIENCE_SECONDS = 120.0
HEARING_SECONDS = 10.0
POLL_SECONDS = 0.1


async def greet(pair: Pair, key: MasterKey) -> None:
    """Waits until both work together, then says where they are; warns when they do not hear each other."""
    auth, mcp = pair.auth, pair.resource
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _until(_is_well, auth.host, auth.port, auth.issuer)
            await _until(_is_well, mcp.host, mcp.port, mcp.mcp_url)
    except TimeoutError:
        stop("the servers did not answer within two minutes; the lines above say why")
    # Not before the servers start: it brings the whole database layer with it, half a second of their time.
    from cli.announcement import announce

    try:
        async with asyncio.timeout(HEARING_SECONDS):
            await _until(_hears_revocations, mcp.host, mcp.port, mcp.mcp_url)
    except TimeoutError:
        sys.stderr.write(
            f"ostiary: the MCP server does not reach the authorization server at {mcp.effective_auth_url} and refuses "
            "every app until it does; OSTIARY_RESOURCE_AUTH_INTERNAL_URL names another address\n"
        )
    announce(auth, key, pair.tunnel_target)


async def _until(is_so: Callable[[httpx2.Response], bool], host: str, port: int, public_url: str) -> None:
    """Asks again and again: another process has no other way to say that it is ready."""
    while (answer := await probe(host, port, public_url)) is None or not is_so(answer):  # noqa: ASYNC110 (same)
        await asyncio.sleep(POLL_SECONDS)


def _is_well(answer: httpx2.Response) -> bool:
    return answer.status_code == httpx2.codes.OK


def _hears_revocations(answer: httpx2.Response) -> bool:
    return _is_well(answer) and answer.json().get("revocations") == "fresh"
