"""The scopes: what kinds of action a token may name, each with the sentence a person reads (RFC 6749 §3.3)."""

import re
from collections.abc import Collection, Iterable
from enum import StrEnum

from shared.server_access import SERVER_PATTERN


class Scope(StrEnum):
    """One member per kind of action; `authorization_details` narrow them to namespaces and servers."""

    MEMORY_READ = "memory:read"
    MEMORY_WRITE = "memory:write"
    GATEWAY_CALL = "gateway:call"
    GATEWAY_MANAGE = "gateway:manage"
    OPENID = "openid"
    PROFILE = "profile"
    EMAIL = "email"
    ADMIN = "admin"
    IMPERSONATE = "impersonate"
    OFFLINE_ACCESS = "offline_access"


SENTENCES: dict[Scope, str] = {
    Scope.MEMORY_READ: "Read your memories",
    Scope.MEMORY_WRITE: "Save, change and delete memories (deleted ones go to the trash)",
    Scope.GATEWAY_CALL: "Use tools of your other servers, those that you choose",
    Scope.GATEWAY_MANAGE: "Add, change and remove tool servers for everybody here",
    Scope.OPENID: "Know that it is you who signs in",
    Scope.PROFILE: "See your name",
    Scope.EMAIL: "See your e-mail address",
    Scope.ADMIN: "Administer this Ostiary: people, apps, keys and rules",
    Scope.IMPERSONATE: "Act in the name of every person here",
    Scope.OFFLINE_ACCESS: "Stay connected while you are away",
}

DEFAULT_SCOPES = (Scope.MEMORY_READ, Scope.MEMORY_WRITE)
"""What a request that names none of the resource's scopes is offered, and what the 401 challenge asks for."""

MEMORY_SCOPES = (Scope.MEMORY_READ, Scope.MEMORY_WRITE)
"""What opens memories."""

RESOURCE_SCOPES = (*MEMORY_SCOPES, Scope.GATEWAY_CALL)
"""What the protected resource metadata lists: everything that opens something there (RFC 9728 §2)."""

OPENID_SCOPES = (Scope.OPENID, Scope.PROFILE, Scope.EMAIL)
"""What tells an app who somebody is, and opens nothing (OpenID Connect Core §5.4)."""

OFFERED_SCOPES = (*RESOURCE_SCOPES, Scope.OFFLINE_ACCESS)
"""What the authorization server's metadata lists: apps ask for all of it, so all of it is safe to grant."""

REGISTRABLE_SCOPES = (*RESOURCE_SCOPES, *OPENID_SCOPES, Scope.OFFLINE_ACCESS)
"""What a client that registered itself may ask for. The others are for clients and keys that an administrator made."""


SERVER_FAMILY = "server:"
"""`server:github` is `gateway:call` for that server alone."""


def parse_scope(text: str | None) -> tuple[Scope, ...]:
    """The known scopes of a space-separated list, each once, in the order of the enum; unknown ones are dropped."""
    named = set((text or "").split(" ")) | ({Scope.GATEWAY_CALL.value} if named_servers(text) else set())
    return tuple(scope for scope in Scope if scope.value in named)


def named_servers(text: str | None) -> frozenset[str]:
    """The servers that a list narrows `gateway:call` to; none means that it narrows nothing."""
    members = (member.removeprefix(SERVER_FAMILY) for member in (text or "").split(" ") if SERVER_FAMILY in member)
    return frozenset(name for name in members if re.fullmatch(SERVER_PATTERN, name))


def format_scope(scopes: Collection[Scope], servers: Iterable[str] = ()) -> str:
    """The space-separated list, in the order of the enum; `servers` narrow `gateway:call`, if that is among them."""
    narrowed = [f"{SERVER_FAMILY}{name}" for name in sorted(servers)] if Scope.GATEWAY_CALL in scopes else []
    return " ".join([*(scope.value for scope in Scope if scope in scopes), *narrowed])
