"""RFC 9396: rich authorization requests, the details that narrow a scope to namespaces, tools and servers."""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.scopes import Scope
from shared.server_access import NO_SERVER, ServerAccess, ServerDetail, server_access, server_details
from shared.tool_sets import EVERY, STANDARD, ToolSet, ToolSets, in_order

ALL = "*"
"""Every namespace, future ones included; said explicitly, never implied."""

MAX_BYTES = 20 * 1024
NAMESPACE_PATTERN = r"^[a-z0-9][a-z0-9-]{0,63}$"
DEFAULT_NAMESPACE = "personal"

Namespace = Annotated[str, Field(pattern=NAMESPACE_PATTERN)]
NamespaceOrAll = Annotated[str, Field(pattern=r"^(\*|[a-z0-9][a-z0-9-]{0,63})$")]


class InvalidDetailsError(ValueError):
    """RFC 9396 §5: an unknown type or field, or a value that does not fit its type."""


class MemoryDetail(BaseModel):
    """`{"type": "memory", "actions": ["read"], "namespaces": ["personal"]}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["memory"] = "memory"
    actions: Annotated[tuple[Literal["read", "write"], ...], Field(min_length=1, max_length=2)]
    namespaces: Annotated[tuple[NamespaceOrAll, ...], Field(min_length=1, max_length=200)]


class ToolsDetail(BaseModel):
    """`{"type": "tools", "sets": ["memory", "history"]}`; where no detail names tools, the standard sets are meant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["tools"]
    sets: Annotated[tuple[ToolSet, ...], Field(min_length=1, max_length=len(ToolSet))]


Detail = MemoryDetail | ToolsDetail | ServerDetail
Details = tuple[Detail, ...]
_DETAILS: TypeAdapter[Details] = TypeAdapter(tuple[Annotated[Detail, Field(discriminator="type")], ...])
DETAIL_TYPES = ("memory", "tools", "server")


@dataclass(frozen=True)
class NamespaceSet:
    """Namespaces by name, or all of them."""

    names: frozenset[str] = frozenset()
    everything: bool = False

    def __contains__(self, namespace: str) -> bool:
        return self.everything or namespace in self.names

    def __bool__(self) -> bool:
        return self.everything or bool(self.names)

    def intersection(self, other: "NamespaceSet") -> "NamespaceSet":
        """What both allow."""
        if self.everything:
            return other
        if other.everything:
            return self
        return NamespaceSet(self.names & other.names)

    def listed(self) -> tuple[str, ...]:
        """The names in order, or `("*",)`."""
        return (ALL,) if self.everything else tuple(sorted(self.names))

    @classmethod
    def of(cls, *names: str) -> "NamespaceSet":
        """A set of these names; `*` among them means all."""
        return cls(frozenset(names) - {ALL}, everything=ALL in names)


@dataclass(frozen=True)
class MemoryAccess:
    """Which namespaces may be read and which written, by which tools, and which servers' tools may be called.

    Absent details allow nothing.
    """

    read: NamespaceSet = NamespaceSet()
    write: NamespaceSet = NamespaceSet()
    tools: ToolSets = STANDARD
    servers: ServerAccess = NO_SERVER

    def intersection(self, other: "MemoryAccess") -> "MemoryAccess":
        """What both allow."""
        return MemoryAccess(
            self.read.intersection(other.read),
            self.write.intersection(other.write),
            self.tools & other.tools,
            self.servers.intersection(other.servers),
        )

    def within(self, scopes: Collection[Scope]) -> "MemoryAccess":
        """What is left where the kinds of action that are not among `scopes` are not allowed."""
        return MemoryAccess(
            self.read if Scope.MEMORY_READ in scopes else NamespaceSet(),
            self.write if Scope.MEMORY_WRITE in scopes else NamespaceSet(),
            self.tools,
            self.servers if Scope.GATEWAY_CALL in scopes else NO_SERVER,
        )

    def of_server(self, server: str) -> "MemoryAccess":
        """What is left of it at the own address of this server: its tools. What is given to every server stays so."""
        return MemoryAccess(servers=self.servers.about(server))

    def opens_something(self) -> bool:
        """Whether anything can be done with it: tools alone reach nothing."""
        return bool(self.read or self.write or self.servers)


def parse_details(value: str | list[dict[str, Any]]) -> Details:
    """Details from their JSON text or from decoded JSON. Raises InvalidDetailsError."""
    try:
        if isinstance(value, str):
            value = json.loads(_bounded(value))
        return _DETAILS.validate_json(json.dumps(value))
    # ValueError is also what an integer of thousands of digits raises, where it is read and where it is written.
    except (ValidationError, RecursionError, ValueError) as cause:
        raise InvalidDetailsError(
            'authorization_details must be a list of {"type": "memory", "actions": …, "namespaces": …}, '
            '{"type": "tools", "sets": …}, and {"type": "server", "server": …, "tools": …}'
        ) from cause


def _bounded(text: str) -> str:
    if len(text.encode()) > MAX_BYTES:
        raise InvalidDetailsError("authorization_details is longer than 20 KB")
    return text


def details_as_json(details: Details) -> list[dict[str, Any]]:
    """Plain JSON values, as the token response and introspection carry them (RFC 9396 §7, §9.2)."""
    return [detail.model_dump(mode="json") for detail in details]


def memory_access(details: Details) -> MemoryAccess:
    """The union of all details; single memories can be reached whichever sets of tools are named."""
    granted: dict[str, list[str]] = {"read": [], "write": []}
    for detail in (detail for detail in details if isinstance(detail, MemoryDetail)):
        for action in detail.actions:
            granted[action] += detail.namespaces
    tools = tools_named(details)
    return MemoryAccess(
        NamespaceSet.of(*granted["read"]),
        NamespaceSet.of(*granted["write"]),
        STANDARD if tools is None else tools | {ToolSet.MEMORY},
        server_access(detail for detail in details if isinstance(detail, ServerDetail)),
    )


def requested_access(details: Details) -> MemoryAccess:
    """The most a request asks for: one that names no tools leaves them to the person."""
    access = memory_access(details)
    return replace(access, tools=EVERY) if tools_named(details) is None else access


def tools_named(details: Details) -> ToolSets | None:
    """The sets that any detail names; None where none does."""
    named = [detail.sets for detail in details if isinstance(detail, ToolsDetail)]
    return frozenset().union(*named) if named else None


def memory_details(access: MemoryAccess) -> Details:
    """The shortest details that say `access`: one entry for each distinct set of namespaces, one for unusual tools.

    Servers follow, each with its tools.
    """
    servers = server_details(access.servers)
    if not (access.read or access.write):
        return servers
    tools: Details = () if access.tools == STANDARD else (ToolsDetail(type="tools", sets=in_order(access.tools)),)
    if access.read and access.read == access.write:
        return (MemoryDetail(actions=("read", "write"), namespaces=access.read.listed()), *tools, *servers)
    read = (MemoryDetail(actions=("read",), namespaces=access.read.listed()),) if access.read else ()
    write = (MemoryDetail(actions=("write",), namespaces=access.write.listed()),) if access.write else ()
    return (*read, *write, *tools, *servers)


def is_namespace(name: str) -> bool:
    """Whether `name` is a lower-case slug of at most 64 characters."""
    return re.fullmatch(NAMESPACE_PATTERN, name) is not None


def in_natural_order(names: Iterable[str]) -> list[str]:
    """By the alphabet, numbers by their value: `project-2` before `project-10`."""
    return sorted(names, key=lambda name: (_parts(name), name))


def _parts(name: str) -> list[tuple[bool, int, str]]:
    """Runs of digits by their value before anything else."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(False, int(part), "") if part.isdecimal() else (True, 0, part) for part in parts]
