"""What a call needs and a token lacks: the step-up to more scope (RFC 6750 §3.1, MCP authorization, step-up flow)."""

from dataclasses import dataclass

from resource_server.context.caller import Caller
from shared.scopes import Scope


@dataclass(frozen=True)
class MissingScope:
    """A call needs `required`; to ask for `requested` gives it and takes away nothing the caller has."""

    required: frozenset[Scope]
    requested: frozenset[Scope]


def missing_scope(required: frozenset[Scope], caller: Caller) -> MissingScope | None:
    """None when the caller may go on."""
    if required <= caller.scopes:
        return None
    return MissingScope(required, required | caller.scopes)
