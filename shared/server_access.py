"""Which tools of which servers a grant reaches (RFC 9396 details of type `server`)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

ALL = "*"
"""Every server, or every tool, future ones included; said explicitly, never implied."""

SERVER_PATTERN = r"^[a-z0-9](?:-?[a-z0-9]){0,31}$"
"""Lower-case words with single hyphens: a name never holds the `__` that stands before a tool's own name."""

ServerOrAll = Annotated[str, Field(pattern=r"^(\*|[a-z0-9](?:-?[a-z0-9]){0,31})$")]
ToolOrAll = Annotated[str, Field(min_length=1, max_length=128)]


class ServerDetail(BaseModel):
    """`{"type": "server", "server": "github", "tools": ["*"], "read_only": true}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["server"] = "server"
    server: ServerOrAll
    tools: Annotated[tuple[ToolOrAll, ...], Field(min_length=1, max_length=500)]
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

    def __bool__(self) -> bool:
        return self.everything or bool(self.names)


@dataclass(frozen=True)
class ServerAccess:
    """The choices for each server by its name, `*` among them; a tool is allowed by any of them."""

    choices: frozenset[tuple[str, ToolChoice]] = field(default_factory=frozenset)

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
        return ServerAccess(frozenset((name, both) for name, one, two in pairs if (both := one.intersection(two))))

    def union(self, other: "ServerAccess") -> "ServerAccess":
        """What either allows."""
        return ServerAccess(self.choices | other.choices)


NO_SERVER = ServerAccess()
EVERY_SERVER = ServerAccess(frozenset({(ALL, ToolChoice(everything=True))}))


def server_access(details: Iterable[ServerDetail]) -> ServerAccess:
    """The union of all details."""
    return ServerAccess(
        frozenset(
            (detail.server, ToolChoice(frozenset(detail.tools) - {ALL}, ALL in detail.tools, detail.read_only))
            for detail in details
        )
    )


def server_details(access: ServerAccess) -> tuple[ServerDetail, ...]:
    """The details that say `access`, in the order of names."""
    return tuple(_detail(name, choice) for name, choice in sorted(access.choices, key=_order))


def _detail(name: str, choice: ToolChoice) -> ServerDetail:
    tools = (ALL,) if choice.everything else tuple(sorted(choice.names))
    return ServerDetail(server=name, tools=tools, read_only=choice.is_read_only)


def _order(chosen: tuple[str, ToolChoice]) -> tuple[str, bool, list[str]]:
    name, choice = chosen
    return name, choice.is_read_only, sorted(choice.names)
