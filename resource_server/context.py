"""What a tool may ask for: the caller, and things that belong to the caller and cannot name anybody else."""

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.authorization_details import MemoryAccess
from shared.scopes import Scope


@dataclass(frozen=True)
class Caller:
    """Who calls, as the token says, and what the grant allows right now: token scope ∩ grant scope, grant details.

    `ensure_live` raises GrantEndedError when the grant was revoked after the call began; a write calls it last.
    """

    user_id: str
    client_id: str
    grant_id: str
    scopes: frozenset[Scope]
    access: MemoryAccess
    ensure_live: Callable[[], None] = field(repr=False)


class GrantEndedError(Exception):
    """The person took the grant back while the call was running: nothing more may be written."""
