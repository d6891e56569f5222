"""Which tools of which servers a grant reaches (RFC 9396 details of type `server`)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

ALL = "*"
"""Every server, or every tool, future ones included; said explicitly, never implied."""

SERVER_PATTERN = r"^[a-z0-9](?:-?[a-z0-9]){0,31}$"
"""Lower-case words with single hyphens: a name never holds the `__` that stands before a tool's own name."""

MOST_TOOLS = 500
"""So many tools one detail names at most."""

ServerOrAll = Annotated[str, Field(pattern=r"^(\*|[a-z0-9](?:-?[a-z0-9]){0,31})$")]
ToolOrAll = Annotated[str, Field(min_length=1, max_length=128)]


class ServerDetail(BaseModel):
    """`{"type": "server", "server": "github", "tools": ["*"], "read_only": true}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["server"] = "server"
    server: ServerOrAll
    tools: Annotated[tuple[ToolOrAll, ...], Field(min_length=1, max_length=MOST_TOOLS)]
    read_only: bool = False


@dataclass(frozen=True)
class ToolChoice:
    """Tools by name, or all of a server; with `is_read_only` those alone that say they change nothing."""

    names: frozenset[str] = frozenset()
    everything: bool = False
    is_read_only: bool = False

    def allows(self, tool: str, *, reads_only: bool) -> bool:
        """Whether the tool is meant; `reads_only` is what its annotations say."""
        return (self.everything or tool in self.names) and (reads_only or not self.is_read_only)

    def intersection(self, other: "ToolChoice") -> "ToolChoice":
        """What both allow."""
        return ToolChoice(
            other.names if self.everything else self.names if other.everything else self.names & other.names,
            self.everything and other.everything,
            self.is_read_only or other.is_read_only,
        )

    def without(self, other: "ToolChoice") -> "ToolChoice":
        """What is left when everything is taken away that `other` allows too, whatever the tools say of themselves."""
        if other.is_read_only and not self.is_read_only:
            return self
        if other.everything:
            return ToolChoice()
        return self if self.everything else ToolChoice(self.names - other.names, is_read_only=self.is_read_only)

    def __bool__(self) -> bool:
        return self.everything or bool(self.names)


@dataclass(frozen=True)
class ServerAccess:
    """The choices for each server by its name, `*` among them; a tool is allowed by any of them.

    Made by `merged`, it has no choice that another one covers, so that what allows the same is equal.
    """

    choices: frozenset[tuple[str, ToolChoice]] = field(default_factory=frozenset)

    @classmethod
    def merged(cls, choices: Iterable[tuple[str, ToolChoice]]) -> "ServerAccess":
        """The shortest that allows what any of these does."""
        merged: dict[tuple[str, bool], ToolChoice] = {}
        for name, choice in choices:
            before = merged.get((name, choice.is_read_only), ToolChoice())
            merged[name, choice.is_read_only] = ToolChoice(
                frozenset() if choice.everything or before.everything else choice.names | before.names,
                choice.everything or before.everything,
                choice.is_read_only,
            )
        left = ((name, _not_covered(name, choice, merged)) for (name, _), choice in merged.items())
        return cls(frozenset((name, choice) for name, choice in left if choice))

    def __bool__(self) -> bool:
        return bool(self.choices)

    def of(self, server: str) -> tuple[ToolChoice, ...]:
        """What is chosen of one server."""
        return tuple(choice for name, choice in self.choices if name in (server, ALL))

    def allows(self, server: str, tool: str, *, reads_only: bool) -> bool:
        """Whether a tool, by its own name, may be listed and called."""
        return any(choice.allows(tool, reads_only=reads_only) for choice in self.of(server))

    def intersection(self, other: "ServerAccess") -> "ServerAccess":
        """What both allow."""
        names = {name for name, _ in self.choices | other.choices}
        pairs = ((name, *pair) for name in names for pair in product(self.of(name), other.of(name)))
        return ServerAccess.merged((name, one.intersection(two)) for name, one, two in pairs)

    def union(self, other: "ServerAccess") -> "ServerAccess":
        """What either allows."""
        return ServerAccess.merged(self.choices | other.choices)

    def apart_from(self, servers: Collection[str]) -> "ServerAccess":
        """Without what is chosen of these by name, `*` being a name here."""
        return ServerAccess(frozenset((name, choice) for name, choice in self.choices if name not in servers))

    def about(self, server: str) -> "ServerAccess":
        """What is chosen of one server, by its name or by `*`."""
        return ServerAccess(frozenset((name, choice) for name, choice in self.choices if name in (server, ALL)))

    def beyond(self, other: "ServerAccess") -> "ServerAccess":
        """What is allowed here and not there."""
        left = ((name, choice, other.of(name)) for name, choice in self.choices)
        return ServerAccess.merged((name, _less(choice, covering)) for name, choice, covering in left)


NO_SERVER = ServerAccess()
EVERY_SERVER = ServerAccess(frozenset({(ALL, ToolChoice(everything=True))}))


def whole(*servers: str) -> ServerAccess:
    """Every tool of these servers."""
    return ServerAccess.merged((name, ToolChoice(everything=True)) for name in servers)


def server_access(details: Iterable[ServerDetail]) -> ServerAccess:
    """The union of all details."""
    return ServerAccess.merged(
        (detail.server, ToolChoice(frozenset(detail.tools) - {ALL}, ALL in detail.tools, detail.read_only))
        for detail in details
    )


def server_details(access: ServerAccess) -> tuple[ServerDetail, ...]:
    """The details that say `access`, in the order of names; a long list of tools takes several."""
    return tuple(detail for name, choice in sorted(access.choices, key=_order) for detail in _details(name, choice))


def _not_covered(name: str, choice: ToolChoice, among: Mapping[tuple[str, bool], ToolChoice]) -> ToolChoice:
    """A choice covers one of its server that only reads, and one of every server covers those of each."""
    wider = [among[key] for key in ((name, False), (ALL, False), (ALL, True)) if key in among]
    return _less(choice, [one for one in wider if one is not choice])


def _less(choice: ToolChoice, covering: Iterable[ToolChoice]) -> ToolChoice:
    for one in covering:
        choice = choice.without(one)
    return choice


def _details(name: str, choice: ToolChoice) -> list[ServerDetail]:
    tools = [ALL] if choice.everything else sorted(choice.names)
    return [
        ServerDetail(server=name, tools=tuple(tools[start : start + MOST_TOOLS]), read_only=choice.is_read_only)
        for start in range(0, len(tools), MOST_TOOLS)
    ]


def _order(chosen: tuple[str, ToolChoice]) -> tuple[str, bool, list[str]]:
    name, choice = chosen
    return name, choice.is_read_only, sorted(choice.names)
