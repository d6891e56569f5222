"""Streams to a server: a process on this host, streamable HTTP, or the older HTTP with server-sent events."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp import StdioServerParameters, stdio_client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from resource_server.gateway.http_clients import HttpClients
from resource_server.gateway.upstream import Secrets, Transport, Upstream

Streams = tuple[Any, Any]
"""The SDK's stream of messages that arrive, and the one for messages that go out."""

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
"""What a command finds of this server's own environment: nothing that could hold a secret."""


@asynccontextmanager
async def streams_to(upstream: Upstream, secrets: Secrets, clients: HttpClients) -> AsyncIterator[Streams]:
    """Open streams; raises what the system raises where there is no way to the server."""
    match upstream.transport:
        case Transport.STDIO:
            async with _process(upstream, secrets) as streams:
                yield streams
        case Transport.HTTP:
            async with (
                clients.open(upstream.url, secrets.values) as client,
                streamable_http_client(upstream.url, http_client=client) as streams,
            ):
                yield streams
        case Transport.SSE:
            clients.check(upstream.url)
            headers = dict(secrets.values)
            async with sse_client(upstream.url, headers=headers, httpx_client_factory=clients.make) as streams:
                yield streams


@asynccontextmanager
async def _process(upstream: Upstream, secrets: Secrets) -> AsyncIterator[Streams]:
    """A child with a small environment; what it writes to its error stream is dropped."""
    program, *arguments = upstream.command
    environment = {name: os.environ[name] for name in KEPT if name in os.environ} | dict(secrets.values)
    parameters = StdioServerParameters(command=program, args=arguments, env=environment)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123, ASYNC230 (the device, not a file)
        async with stdio_client(parameters, errlog=nowhere) as streams:
            yield streams
