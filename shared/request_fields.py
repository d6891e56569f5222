"""The header fields of a request, decoded once for all who look at them (RFC 9110 §5; ASGI writes names small)."""

from collections.abc import Mapping
from typing import Any

from starlette.types import Scope

KEY = "ostiary.fields"
"""Holds the raw fields, too: a scope that was copied and given others is read anew."""


def fields_of(scope: Scope) -> Mapping[str, list[str]]:
    """The values of each field, in the order in which they came."""
    raw: Any = scope["headers"]
    known = scope.get(KEY)
    if known is None or known[0] is not raw:
        found: dict[str, list[str]] = {}
        for name, value in raw:
            found.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        known = scope[KEY] = raw, found
    fields: Mapping[str, list[str]] = known[1]
    return fields


def field_of(scope: Scope, name: str) -> str | None:
    """The first value of a field, or None."""
    values = fields_of(scope).get(name)
    return values[0] if values else None
