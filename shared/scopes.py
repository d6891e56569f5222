"""The scopes: what kinds of action a token may name, each with the sentence a person reads (RFC 6749 §3.3)."""

from enum import StrEnum


class Scope(StrEnum):
    """One member per kind of action; `authorization_details` narrow them to namespaces."""

    MEMORY_READ = "memory:read"
    MEMORY_WRITE = "memory:write"
    OFFLINE_ACCESS = "offline_access"


SENTENCES: dict[Scope, str] = {
    Scope.MEMORY_READ: "Read your memories",
    Scope.MEMORY_WRITE: "Save, change and delete memories (deleted ones go to the trash)",
    Scope.OFFLINE_ACCESS: "Stay connected while you are away",
}

DEFAULT_SCOPES = (Scope.MEMORY_READ, Scope.MEMORY_WRITE)
"""What a request that names no memory scope is offered, and what the 401 challenge asks for."""

RESOURCE_SCOPES = (Scope.MEMORY_READ, Scope.MEMORY_WRITE)
"""What the protected resource metadata lists: everything that opens something there (RFC 9728 §2)."""


def parse_scope(text: str | None) -> tuple[Scope, ...]:
    """The known scopes of a space-separated list, each once, in the order of the enum; unknown ones are dropped."""
    named = set((text or "").split(" "))
    return tuple(scope for scope in Scope if scope.value in named)


def format_scope(scopes: tuple[Scope, ...] | set[Scope] | frozenset[Scope]) -> str:
    """The space-separated list, in the order of the enum."""
    return " ".join(scope.value for scope in Scope if scope in scopes)
