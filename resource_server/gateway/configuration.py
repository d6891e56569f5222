"""Reads the JSON with `mcpServers` that Claude Desktop, Cursor, VS Code and others keep."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from resource_server.gateway.described import Described
from resource_server.gateway.upstream import InvalidServerError, Transport

PLACES = ("mcpServers", "servers")
TRANSPORTS = {
    "stdio": Transport.STDIO,
    "http": Transport.HTTP,
    "streamable-http": Transport.HTTP,
    "streamablehttp": Transport.HTTP,
    "sse": Transport.SSE,
}
ADDRESSES = ("url", "serverUrl", "httpUrl")
UNDERSTOOD = frozenset(
    ("command", "args", "env", "headers", "type", "transport", "disabled", "enabled", "askPerson", *ADDRESSES)
)
LONGEST_NAME = 32
PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


class UnreadableConfigurationError(ValueError):
    """The text is no such JSON; says where."""


@dataclass(frozen=True)
class Entry:
    """One server of the file under its name there. Without `described`, `problem` says why; `left_out` are settings."""

    name: str
    described: Described | None = None
    problem: str = ""
    left_out: tuple[str, ...] = ()


@dataclass
class _Names:
    """Slugs that are given once."""

    taken: set[str] = field(default_factory=set)

    def slug(self, name: str) -> str:
        words = slug_of(name)
        free, number = words, 2
        while free in self.taken:
            ending = f"-{number}"
            free, number = words[: LONGEST_NAME - len(ending)].strip("-") + ending, number + 1
        self.taken.add(free)
        return free


def slug_of(name: str) -> str:
    """What a server is called here whom a file calls so."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:LONGEST_NAME].strip("-") or "server"


def read_configuration(text: str) -> list[Entry]:
    """Its servers in their order, with names made from theirs. Raises UnreadableConfigurationError."""
    try:
        document = json.loads(text)
    except ValueError as wrong:
        raise UnreadableConfigurationError(f"it is no JSON: {wrong}") from None
    except RecursionError:
        raise UnreadableConfigurationError("it is nested too deeply") from None
    found = (
        next((document[place] for place in PLACES if place in document), None) if isinstance(document, dict) else None
    )
    if not isinstance(found, dict):
        raise UnreadableConfigurationError('it has no object "mcpServers"')
    names = _Names()
    return [_entry(name, value, names) for name, value in found.items()]


def _entry(name: str, value: object, names: _Names) -> Entry:
    try:
        if not isinstance(value, dict):
            raise InvalidServerError("It is no object.")
        described = _described(names.slug(name), value)
        described.check()
    except InvalidServerError as wrong:
        return Entry(name, problem=str(wrong))
    return Entry(name, described, left_out=tuple(sorted(value.keys() - UNDERSTOOD)))


def _described(slug: str, value: Mapping[str, Any]) -> Described:
    url = next((_text(value, place) for place in ADDRESSES if place in value), "")
    command, arguments = _text(value, "command"), value.get("args") or []
    if bool(url) == bool(command):
        raise InvalidServerError("It needs a command or a URL, and not both.")
    if not isinstance(arguments, list) or not all(isinstance(one, str) for one in arguments):
        raise InvalidServerError("Its args are no list of texts.")
    asks = value.get("askPerson") or []
    if not isinstance(asks, list) or not all(isinstance(one, str) for one in asks):
        raise InvalidServerError("Its askPerson is no list of names.")
    transport = _transport(value, Transport.STDIO if command else Transport.HTTP)
    secrets = _texts(value, "env" if command else "headers")
    _refuse_placeholders(url, command, *arguments, *secrets.values())
    line = (command, *arguments) if command else ()
    return Described(slug, transport, url, line, secrets, tuple(asks), _is_enabled(value))


def _transport(value: Mapping[str, Any], default: Transport) -> Transport:
    """The transport may be absent: a command speaks stdio, a URL streamable HTTP."""
    named = value.get("type") or value.get("transport")
    if named is None:
        return default
    transport = TRANSPORTS.get(str(named).lower().replace("_", "-"))
    if transport is None or (transport is Transport.STDIO) != (default is Transport.STDIO):
        raise InvalidServerError(f"Its transport {named!r} is none that goes with the rest.")
    return transport


def _refuse_placeholders(*texts: str) -> None:
    for text in texts:
        if found := PLACEHOLDER.search(text):
            raise InvalidServerError(
                f"{found[0]} is filled in by the program the file is of; write what it stands for."
            )


def _is_enabled(value: Mapping[str, Any]) -> bool | None:
    if isinstance(value.get("disabled"), bool):
        return not value["disabled"]
    return value["enabled"] if isinstance(value.get("enabled"), bool) else None


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name) or ""
    if not isinstance(found, str):
        raise InvalidServerError(f"Its {name} is no text.")
    return found


def _texts(value: Mapping[str, Any], name: str) -> dict[str, str]:
    found = value.get(name) or {}
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise InvalidServerError(f"Its {name} is no object of texts.")
    return dict(found)
