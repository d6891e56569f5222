"""Which scopes a tool needs, and which a token still lacks (RFC 6750 §3.1, insufficient_scope)."""

from collections.abc import Callable
from typing import TypeVar

from shared.scopes import Scope

Tool = TypeVar("Tool", bound=Callable[..., object])
_ATTRIBUTE = "__required_scopes__"


def requires(*scopes: Scope) -> Callable[[Tool], Tool]:
    """Declares what a token must carry for a tool; without arguments any live token may call it."""

    def declare(tool: Tool) -> Tool:
        setattr(tool, _ATTRIBUTE, frozenset(scopes))
        return tool

    return declare


def declared_scopes(tool: Callable[..., object]) -> frozenset[Scope] | None:
    """What `requires` declared, or None for a function that declares nothing and is therefore no tool."""
    declared: frozenset[Scope] | None = getattr(tool, _ATTRIBUTE, None)
    return declared
