"""What a server lists, remembered for a while: one that is slow or down delays nobody's list."""

import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import anyio
import mcp_types
from mcp import MCPError
from mcp.shared.inbound import find_invalid_x_mcp_header, x_mcp_header_map
from pydantic import ValidationError
from pydantic_core import to_json

from resource_server.gateway.digests import digest_of
from resource_server.gateway.kinds import Kind
from resource_server.gateway.limits import MEGABYTE
from resource_server.gateway.links import Links, UnreachableError, Viewer
from resource_server.gateway.naming import is_sendable
from resource_server.gateway.shared_lists import SharedList, SharedLists
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.wanted import CredentialWantedError
from resource_server.recent import Recent
from shared.secrets import digest

LIST_SECONDS, WHOLE_LIST_SECONDS = 10.0, 30.0
"""For a page, and for all of them."""
PATIENCE_SECONDS, FIRST_PATIENCE_SECONDS = 2.0, 4.0
"""So long a caller waits for a list, and for the first; then the last one known is theirs, the new one comes later."""

KEPT_SECONDS, LEAST_SECONDS, MOST_SECONDS = 60.0, 5.0, 3600.0
MOST_PAGES, MOST_ENTRIES, MOST_BYTES, MOST_SERVERS = 50, 2_000, 8 * MEGABYTE, 10_000
ENTRIES_PER_SECOND = 100.0
"""A long list costs something to read, so it is kept for longer, whatever its server says."""

Definition = Mapping[str, Any]


@dataclass(frozen=True)
class Listing:
    """Entries by their own names. `problem` says why there is none, or no new one.

    `wanted` is what has to be done first. `unsendable` are names of tools that clients would not take, or that could
    pass for others. Of one that `is_awaited` nothing is known yet.
    """

    entries: Mapping[str, Definition]
    fresh_until: float = 0.0
    problem: str = ""
    wanted: CredentialWantedError | None = None
    unsendable: tuple[str, ...] = ()
    is_awaited: bool = False

    @property
    def wants_credential(self) -> bool:
        """Whether the person has to connect the server, or to enter something, first or again."""
        return self.wanted is not None and self.wanted.wants.has_page

    @property
    def is_stale(self) -> bool:
        """Whether these are the last ones known, for the server gives no new list."""
        return bool(self.problem and self.entries)

    @property
    def tools(self) -> Mapping[str, Definition]:
        """The entries of a list of tools."""
        return self.entries

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """Of each tool, over what a model reads of it."""
        return {name: digest_of(tool) for name, tool in self.entries.items()}

    @cached_property
    def _shown(self) -> dict[str, tuple[Definition, mcp_types.Tool | None]]:
        return {}

    def shown(self, name: str, described: Definition) -> mcp_types.Tool | None:
        """A tool as it is `described`, under the `name` that it has here; None where that is no tool."""
        known, tool = self._shown.get(name, (None, None))
        if known != described:
            tool = _valid({**described, "name": name})
            self._shown[name] = described, tool
        return tool

    @cached_property
    def _repeated(self) -> dict[str, Mapping[tuple[str, ...], str]]:
        return {}

    def repeated(self, tool: str) -> Mapping[tuple[str, ...], str]:
        """Where arguments stand that a header repeats, and its name; empty for a schema that says it wrongly."""
        if tool not in self._repeated:
            schema = self.entries[tool].get("inputSchema")
            self._repeated[tool] = {} if find_invalid_x_mcp_header(schema) else x_mcp_header_map(schema)
        return self._repeated[tool]


Place = tuple[str, str, Kind, str]
"""The server, whose list it is, of what, and the server's revision: a list outlives no change of it."""


class Listings:
    """What each person sees of each server; all see the same where nobody has a credential of their own."""

    def __init__(
        self,
        links: Links,
        background: Callable[[Callable[[], Coroutine[Any, Any, None]]], None],
        shared: SharedLists,
    ) -> None:
        self._links = links
        self._shared = shared
        self._background = background
        self._known: dict[Place, Listing] = {}
        self._asking: dict[Place, anyio.Event] = {}
        self._forgetting: set[str] = set()
        self._changed: Recent[str, float] = Recent(MOST_SERVERS)

    async def of(
        self, upstream: Upstream, viewer: Viewer, kind: Kind = Kind.TOOLS, patience: float | None = None
    ) -> Listing:
        """The list, very soon; within `patience` seconds if that is given."""
        key = _key(upstream, viewer, kind)
        if (fresh := self.known(upstream, viewer, kind)) is not None:
            return fresh
        known = self._known.get(key)
        if key not in self._asking:
            self._asking[key] = anyio.Event()
            self._background(lambda: self._ask(upstream, viewer, kind))
        usual = PATIENCE_SECONDS if known is not None else FIRST_PATIENCE_SECONDS
        with anyio.move_on_after(usual if patience is None else patience):
            await self._asking[key].wait()
        said = f"{upstream.name} has not answered yet: ask again in a moment."
        return self._known.get(key) or Listing({}, problem=said, is_awaited=True)

    def known(self, upstream: Upstream, viewer: Viewer, kind: Kind = Kind.TOOLS) -> Listing | None:
        """The list, where it need not be asked for."""
        known = self._known.get(_key(upstream, viewer, kind))
        return known if known is not None and known.fresh_until > time.monotonic() else None

    def tools_known(self, server_id: str) -> int:
        """How many tools the server listed lately; of several people who see different ones, the most."""
        known = [(key, listing) for key, listing in list(self._known.items()) if key[0] == server_id]
        return max((len(listing.tools) for key, listing in known if key[2] is Kind.TOOLS), default=0)

    def forget(self, server_id: str) -> None:
        """Asked anew by the next who wants it."""
        at = time.monotonic()
        last = self._changed.get(server_id)
        is_often = last is not None and at - last < LEAST_SECONDS
        until = (last or 0.0) + LEAST_SECONDS if is_often else at  # who says so all the time is asked seldom
        if not is_often:
            self._changed.put(server_id, at)
        for key, listing in list(self._known.items()):
            if key[0] == server_id and listing.fresh_until > until:
                self._known[key] = replace(listing, fresh_until=until)
        if server_id not in self._forgetting:
            self._forgetting.add(server_id)
            self._background(lambda: self._forget_shared(server_id, until - at))

    async def _forget_shared(self, server_id: str, seconds: float) -> None:
        await anyio.sleep(seconds)
        self._forgetting.discard(server_id)
        await self._shared.forget(server_id)

    def _forget_older(self, newest: Place) -> None:
        long_ago = time.monotonic() - MOST_SECONDS
        for key, listing in list(self._known.items()):
            if (key[:3] == newest[:3] and key != newest) or listing.fresh_until < long_ago:
                self._known.pop(key)

    async def _ask(self, upstream: Upstream, viewer: Viewer, kind: Kind) -> None:
        key = _key(upstream, viewer, kind)
        try:
            with anyio.fail_after(WHOLE_LIST_SECONDS):
                self._known[key] = await self._read(upstream, viewer, kind)
        except CredentialWantedError as error:
            self._keep_old(key, error.said, error)
        except UnreachableError as error:
            self._keep_old(key, str(error))
        except (MCPError, TimeoutError):
            self._keep_old(key, f"{upstream.name} did not give its list of {kind.field}.")
        finally:
            self._forget_older(key)
            self._asking.pop(key).set()

    def _keep_old(self, key: Place, problem: str, wanted: CredentialWantedError | None = None) -> None:
        known = {} if wanted else self._known.get(key, Listing({})).entries
        self._known[key] = replace(
            Listing(known), problem=problem, wanted=wanted,
            fresh_until=time.monotonic() + LEAST_SECONDS,
        )  # fmt: skip

    async def _read(self, upstream: Upstream, viewer: Viewer, kind: Kind) -> Listing:
        """As another process was told, or as the server says."""
        server_id, *rest = _key(upstream, viewer, kind)
        place = digest(repr(rest))
        if (told := await self._shared.get(server_id, place)) is not None:
            return Listing(told.entries, time.monotonic() + told.seconds, unsendable=told.unsendable)
        read = await self._asked(upstream, viewer, kind)
        seconds = read.fresh_until - time.monotonic()
        await self._shared.put(server_id, place, SharedList(dict(read.entries), read.unsendable, seconds))
        return read

    async def _asked(self, upstream: Upstream, viewer: Viewer, kind: Kind) -> Listing:
        if kind.capability not in await self._links.capabilities(upstream, viewer):
            return Listing({}, time.monotonic() + KEPT_SECONDS)

        async def ask(params: Mapping[str, object]) -> Mapping[str, Any]:
            return await self._links.request(upstream, viewer, kind.method, params, LIST_SECONDS)

        return await read_listing(upstream.name, kind, ask)


async def read_listing(
    server: str, kind: Kind, ask: Callable[[Mapping[str, object]], Awaitable[Mapping[str, Any]]]
) -> Listing:
    """All pages of a list; `ask` gets the params of a request. Raises what it raises."""
    named: dict[str, Definition] = {}
    cursor, kept, size = None, KEPT_SECONDS, 0
    for _ in range(MOST_PAGES):
        page = await ask({} if cursor is None else {"cursor": cursor})
        for entry in _entries(page.get(kind.field), kind):
            if (size := size + len(to_json(entry))) <= MOST_BYTES:
                named.setdefault(entry[kind.naming], entry)  # a second one of that name would shadow the first
        kept = _kept(page.get("ttlMs"), kept)
        cursor = page.get("nextCursor")
        if cursor is None or len(named) >= MOST_ENTRIES or size > MOST_BYTES:
            break
    kept = max(kept, len(named) / ENTRIES_PER_SECOND)
    found = {name: entry for name, entry in named.items() if kind is not Kind.TOOLS or is_sendable(server, name)}
    unsendable = tuple(sorted(named.keys() - found.keys()))
    return Listing(dict(list(found.items())[:MOST_ENTRIES]), time.monotonic() + kept, unsendable=unsendable)


def _entries(found: object, kind: Kind) -> list[dict[str, Any]]:
    listed = found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, dict) and isinstance(one.get(kind.naming), str)]


def _valid(definition: Definition) -> mcp_types.Tool | None:
    try:
        return mcp_types.Tool.model_validate(definition)
    except ValidationError:
        return None


def _key(upstream: Upstream, viewer: Viewer, kind: Kind) -> Place:
    return upstream.id, viewer.user_id if upstream.asks_person else "", kind, upstream.revision


def _kept(ttl: object, longest: float) -> float:
    if not isinstance(ttl, (int, float)) or ttl <= 0:
        return longest
    return min(longest if longest < KEPT_SECONDS else MOST_SECONDS, max(LEAST_SECONDS, ttl / 1000))


def only_reads(definition: Definition) -> bool:
    """What a tool says of itself (MCP, ToolAnnotations); a server that lies about it is one that nobody should add."""
    annotations = definition.get("annotations")
    return isinstance(annotations, dict) and annotations.get("readOnlyHint") is True


def is_repeatable(definition: Definition) -> bool:
    """Whether a call may be sent again when its answer was lost: as the tool says of itself, too."""
    annotations = definition.get("annotations")
    return only_reads(definition) or (isinstance(annotations, dict) and annotations.get("idempotentHint") is True)
