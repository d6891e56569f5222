"""What somebody entered on a page about a server: names and values in pairs, lines, and a file."""

import re
from collections.abc import Iterable
from dataclasses import replace

from resource_server.gateway.described import Described
from resource_server.gateway.shaping import ToolShape
from resource_server.gateway.upstream import InvalidServerError, Transport
from shared.forms import Form

PAIRS = 2
"""Rows for a name and its value that a form has."""


def described_by_url(form: Form) -> Described:
    """A server by its address. Raises InvalidServerError."""
    transport = Transport.SSE if form.one("transport") == Transport.SSE else Transport.HTTP
    return Described(
        form.one("name").strip(), transport, form.one("url").strip(), (), pairs(form), names(form.one("asks"))
    )


def described_command(form: Form) -> Described:
    """A program with its arguments, one a line as it is typed: no shell reads it. Raises InvalidServerError."""
    command = (form.one("program").strip(), *lines(form.one("arguments")))
    return Described(form.one("name").strip(), Transport.STDIO, "", command, pairs(form), names(form.one("asks")))


def pairs(form: Form) -> dict[str, str]:
    """Names with their values; rows without a name are left out. Raises InvalidServerError."""
    found: dict[str, str] = {}
    for name, value in zip(form.all("pair_name"), form.all("pair_value"), strict=False):
        if name.strip() in found:
            raise InvalidServerError(f"{name.strip()} is given twice.")
        if name.strip():
            found[name.strip()] = value.strip()
        elif value:
            raise InvalidServerError("A value has no name.")
    return found


def names(text: str) -> tuple[str, ...]:
    """Separated by commas or spaces."""
    return tuple(one for one in re.split(r"[\s,]+", text) if one)


def lines(text: str) -> tuple[str, ...]:
    """Each as it is; empty ones at the end are none."""
    return tuple(text.replace("\r\n", "\n").rstrip("\n").split("\n")) if text.strip() else ()


def shape(form: Form, tool: str, before: ToolShape) -> ToolShape:
    """How a tool is shown from now on: what is empty, and its own name, stay as its server says them."""
    name = form.one("name").strip()
    description = form.one("description").replace("\r\n", "\n").strip()
    is_hidden = form.one("hidden") == "yes"
    return replace(before, name="" if name == tool else name, description=description, is_hidden=is_hidden)


def credential(form: Form, asks: Iterable[str]) -> dict[str, str]:
    """What a person enters for a server that asks for it: the fields are numbered, for names are no ids."""
    return {name: form.one(f"value-{number}").strip() for number, name in enumerate(asks)}
