"""One server behind the gateway, as the rest of it sees it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from resource_server.gateway.shaping import Shaping
from shared.server_access import ALL, SERVER_PATTERN

NOBODY = ""
"""The owner of what is for everybody."""

SESSION = "sess"
"""How the ids of sessions begin, which own servers, too."""


class Transport(StrEnum):
    """How a server is spoken to (MCP, transports)."""

    STDIO = "stdio"
    HTTP = "http"
    SSE = "sse"


@dataclass(frozen=True)
class Upstream:
    """A server by its name. `command` is a program with its arguments, never a line for a shell.

    Where it `asks` for headers or variables by name, each person enters their own, and nobody else's are used. As one
    person sees it, its `revision` is another after each change of the server or of what that person entered.
    """

    id: str
    name: str
    owner: str
    transport: Transport
    url: str = ""
    command: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    origin: str = ""
    is_enabled: bool = True
    revision: str = ""
    uses_oauth: bool = False
    named_at: int = 0
    """The second since which its name means it."""
    shaping: Shaping = field(default_factory=Shaping, compare=False)
    """How its tools are shown. Another shaping makes no other server of it: conversations go on."""

    @property
    def asks_person(self) -> bool:
        """Whether each person has a credential of their own: entered, or by connecting it (OAuth)."""
        return bool(self.asks) or self.uses_oauth

    @property
    def is_of_session(self) -> bool:
        """Whether an app brought it into a session of its own."""
        return self.owner.startswith(f"{SESSION}_")

    @property
    def granted_as(self) -> str:
        """By which name grants know it. What an app brought itself goes by no name that a person chose."""
        return ALL if self.is_of_session else self.name


AsSeen = tuple[str, str, str]
"""A server as a person sees it: ids of both, and its revision."""


@dataclass(frozen=True)
class Secrets:
    """What a server gets from us: headers of each request, or the environment of a command."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)


class InvalidServerError(ValueError):
    """A server that cannot be used; the text is a sentence for who entered it."""


class NameTakenError(InvalidServerError):
    """Another server is called so."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a server {name!r} already: choose another name.")


def checked_name(name: str) -> str:
    """The name, if it is one. Raises InvalidServerError."""
    if not re.fullmatch(SERVER_PATTERN, name):
        raise InvalidServerError(
            f"{name!r} is no name for a server: lower-case letters and digits, with single hyphens between, at most 32."
        )
    return name
