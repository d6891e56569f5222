"""What the head of a request says for itself: of what it asks, as whom, and what its sender reads (RFC 9110 §6).

Whether it may come in by its Host, its scheme and its peer has been judged by then, and is the same for the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.types import Scope

from resource_server.authorization.protected_resources import ProtectedResource
from resource_server.transport.accept import Reads
from shared.credential_forms import Credential
from shared.request_fields import KEY as FIELDS
from shared.request_fields import fields_of

LEARNS = "ostiary.learns_head"
"""Where the scope holds who is told of a head that may come in."""
MCP_FIELDS = "ostiary.mcp_fields"
"""Where the scope of a head that is known holds them."""
ENVELOPES = "ostiary.envelopes"
"""Where the scope of a head that is known holds the last envelope that was found to say what the head says."""
LENGTH = b"content-length"
MOST_FIELDS, LONGEST = 64, 16 * 1024
"""Fields of a head that is kept, and their bytes: a thousand are kept, and small fields take far more than they say."""
UNREAD = frozenset({LENGTH, b"user-agent", b"traceparent", b"tracestate", b"baggage", b"x-request-id"})
"""Fields that nobody reads who judges a head, and that are others in each request."""


@dataclass(frozen=True)
class Presented:
    """A credential, not looked at yet, and the people whom the request names beside it (`X-User-ID`)."""

    credential: Credential
    named: frozenset[str] = frozenset()

    @property
    def on_behalf_of(self) -> str:
        """For whom it wants to act; empty where it names nobody, or several."""
        return next(iter(self.named)) if len(self.named) == 1 else ""


@dataclass(frozen=True)
class Head:
    """`seen` is what the scope says of the peer and of the fields, once whoever stands between has been believed."""

    resource: ProtectedResource
    presented: Presented
    reads: Reads
    seen: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def scope(self, scope: Scope) -> Scope:
        """The scope of another request with this head, as it would be if the head had been judged again."""
        length = [value.decode("latin-1") for name, value in scope["headers"] if name == LENGTH]
        fields = {**self.seen[FIELDS], **({"content-length": length} if length else {})}
        return {**scope, **self.seen, FIELDS: (scope["headers"], fields)}


def learn_head(scope: Scope, head: Head) -> None:
    """Tells of a head that was let in, if anybody wants to know. What pages send is judged each time."""
    learns, fields = scope.get(LEARNS), fields_of(scope)
    if learns is None or "origin" in fields or not _is_short(scope["headers"]):
        return
    kept = {name: values for name, values in fields.items() if name.encode("latin-1") not in UNREAD}
    peer = {"client": scope.get("client"), "scheme": scope["scheme"]}
    learns(replace(head, seen={**peer, FIELDS: kept, MCP_FIELDS: mcp_fields(scope), ENVELOPES: {}}))


def _is_short(fields: Sequence[tuple[bytes, bytes]]) -> bool:
    return len(fields) <= MOST_FIELDS and sum(len(name) + len(value) for name, value in fields) <= LONGEST


def mcp_fields(scope: Scope) -> Mapping[str, str] | None:
    """The fields of MCP, and what the body is; None where one is there twice, for readers would disagree."""
    if MCP_FIELDS in scope:
        known: Mapping[str, str] | None = scope[MCP_FIELDS]
        return known
    found: dict[str, str] = {}
    for name, values in fields_of(scope).items():
        if name.startswith("mcp-") or name == "content-type":
            if len(values) > 1:
                return None
            found[name] = values[0].strip()
    return found
