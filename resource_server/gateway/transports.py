"""Streams to a server: a process on this host, streamable HTTP, or the older HTTP with server-sent events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from resource_server.gateway.http_clients import HttpClients
from resource_server.gateway.last_words import LastWords
from resource_server.gateway.limits import MEGABYTE, Limits
from resource_server.gateway.processes import Processes, environment_of
from resource_server.gateway.upstream import Secrets, Transport, Upstream

Streams = tuple[Any, Any]
"""The SDK's stream of messages that arrive, and the one for messages that go out."""

KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TMPDIR", "TZ")
"""What a command finds of this server's own environment: nothing that could hold a secret."""


@dataclass(frozen=True)
class Ways:
    """By which servers are reached."""

    clients: HttpClients
    processes: Processes

    @property
    def limits(self) -> Limits:
        """What every server is held to."""
        return self.clients.limits

    @asynccontextmanager
    async def streams_to(
        self, upstream: Upstream, secrets: Secrets, said: LastWords, auth: httpx2.Auth | None = None
    ) -> AsyncIterator[Streams]:
        """Open streams; raises what the system raises where there is no way to the server.

        `said` hears what a process writes to its error stream; `auth` renews what requests over HTTP carry.
        """
        match upstream.transport:
            case Transport.STDIO:
                environment = environment_of(KEPT, secrets.values)
                async with self.processes.open(upstream.id, upstream.command, environment, said) as streams:
                    yield streams
            case Transport.HTTP:
                async with (
                    self.clients.open(upstream.url, secrets.values, auth) as client,
                    streamable_http_client(
                        upstream.url, http_client=client, max_sse_event_size=self.limits.most_bytes + MEGABYTE
                    ) as streams,
                ):
                    yield streams
            case Transport.SSE:
                self.clients.check(upstream.url)
                headers, make = dict(secrets.values), partial(self.clients.make, answers_elsewhere=True)
                async with sse_client(upstream.url, headers=headers, httpx_client_factory=make, auth=auth) as streams:
                    yield streams
