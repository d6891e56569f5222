"""One server is opened, greeted and asked for its tools, to say what works and what does not."""

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import anyio
import httpx2

from resource_server.gateway.conversation import conversation
from resource_server.gateway.explanation import explained
from resource_server.gateway.kinds import Kind
from resource_server.gateway.last_words import LastWords
from resource_server.gateway.listing import LIST_SECONDS, Listing, read_listing
from resource_server.gateway.oauth.noting import noting
from resource_server.gateway.transports import Ways
from resource_server.gateway.upstream import Secrets, Upstream
from resource_server.gateway.wanted import CredentialWantedError

TRIAL_SECONDS = 30.0
EMPTY = Listing({})


@dataclass(frozen=True)
class Trial:
    """What came of it. `problem` is a sentence, or empty; `said` are the last lines of a process's error stream."""

    listing: Listing = EMPTY
    revision: str = ""
    program: str = ""
    opened_ms: int = 0
    listed_ms: int = 0
    problem: str = ""
    said: tuple[str, ...] = ()
    wanted: CredentialWantedError | None = None
    """What has to be given before it can be used."""


async def try_server(upstream: Upstream, secrets: Secrets, ways: Ways, auth: httpx2.Auth | None = None) -> Trial:
    """Raises nothing: what goes wrong is in the answer. `auth` renews a person's tokens."""
    statuses: list[int] = []
    watched = replace(ways, clients=replace(ways.clients, statuses=statuses))
    said = LastWords(secrets)
    try:
        with noting() as note, anyio.fail_after(TRIAL_SECONDS):
            found = await _tried(upstream, secrets, watched, said, auth)
    except Exception as error:
        if isinstance(note.problem, CredentialWantedError):
            return Trial(problem=note.problem.said, wanted=note.problem)
        status = statuses[-1] if statuses else 0
        return Trial(problem=explained(upstream, error, status if status >= 400 else 0), said=tuple(said.lines))
    return replace(found, said=tuple(said.lines))


async def _tried(upstream: Upstream, secrets: Secrets, ways: Ways, said: LastWords, auth: httpx2.Auth | None) -> Trial:
    begun = perf_counter()
    async with ways.streams_to(upstream, secrets, said, auth) as streams, conversation(streams, {}) as talk:
        opened = perf_counter()
        listing = EMPTY
        if "tools" in talk.capabilities:
            listing = await read_listing(
                upstream.name, Kind.TOOLS, lambda params: talk.request("tools/list", dict(params), LIST_SECONDS)
            )
        took = round((opened - begun) * 1000), round((perf_counter() - opened) * 1000)
        return Trial(listing, talk.version, _program(talk.hello), *took)


def _program(hello: dict[str, Any]) -> str:
    info = hello.get("serverInfo")
    if not isinstance(info, dict):
        info = (hello.get("_meta") or {}).get("io.modelcontextprotocol/serverInfo") or {}
    return f"{info.get('name', '')} {info.get('version', '')}".strip() if isinstance(info, dict) else ""
