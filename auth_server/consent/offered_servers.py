"""The servers that a person may choose tools of, as the resource server tells of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.clock import epoch
from shared.named_servers import is_meant
from shared.server_access import ALL, SERVER_PATTERN

LONGEST_NAME = 128


class OfferedTool(BaseModel):
    """A tool by its own name; `says` is how its server describes it, text to show and never to trust."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    says: str = ""
    only_reads: bool = False
    is_changed: bool = False


class OfferedServer(BaseModel):
    """A server by its name, with its tools as far as they are known; `problem` says why there may be more.

    `named_at` is the second since which its name means it.
    """

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(pattern=SERVER_PATTERN)]
    named_at: int = 0
    problem: str = ""
    wants_credential: bool = False
    tools: tuple[OfferedTool, ...] = ()


@dataclass(frozen=True)
class OfferedServers:
    """All of them; unless they `are_known`, the resource server did not say, and there may be others."""

    servers: tuple[OfferedServer, ...] = ()
    are_known: bool = True

    def names(self) -> frozenset[str]:
        """By which grants name them."""
        return frozenset(server.name for server in self.servers)

    def later_than(self, decided_at: datetime) -> frozenset[str]:
        """The names of those that nobody can have meant who decided then."""
        decided = epoch(decided_at)
        return frozenset(server.name for server in self.servers if not is_meant(server.named_at, decided))

    def __bool__(self) -> bool:
        """Whether there is, or may be, anything to choose."""
        return bool(self.servers) or not self.are_known


NO_SERVERS, UNKNOWN_SERVERS = OfferedServers(), OfferedServers(are_known=False)
_SERVERS: TypeAdapter[tuple[OfferedServer, ...]] = TypeAdapter(tuple[OfferedServer, ...])


def read_servers(told: object) -> OfferedServers:
    """From decoded JSON. Raises ValueError."""
    servers: Sequence[OfferedServer] = _SERVERS.validate_python(told)
    return OfferedServers(tuple(_nameable(server) for server in servers))


def _nameable(server: OfferedServer) -> OfferedServer:
    """Without a tool whose name would mean all of them."""
    return server.model_copy(update={"tools": tuple(tool for tool in server.tools if tool.name != ALL)})
