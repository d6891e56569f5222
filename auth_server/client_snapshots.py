"""What a grant keeps of its client's document: what was approved, whatever the document says later (CIMD §6.3)."""

from dataclasses import dataclass
from typing import Any, Self

from auth_server.models import Client, ClientOrigin, Grant

STRENGTHS = ("none", "private_key_jwt")
"""Authentication methods of such clients, the weakest first."""


@dataclass(frozen=True)
class ClientSnapshot:
    """The members of a document that decide about trust."""

    client_name: str
    redirect_uris: frozenset[str]
    token_endpoint_auth_method: str

    @classmethod
    def of_grant(cls, grant: Grant) -> Self | None:
        """What was approved; None for a client that needs no document."""
        kept = grant.client_snapshot
        return None if kept is None else cls._read(kept)

    @classmethod
    def of_client(cls, client: Client) -> Self:
        """What the document says now."""
        return cls._read(taken_of(client))

    @classmethod
    def _read(cls, kept: dict[str, Any]) -> Self:
        return cls(
            client_name=str(kept.get("client_name", "")),
            redirect_uris=frozenset(kept.get("redirect_uris", ())),
            token_endpoint_auth_method=str(kept.get("token_endpoint_auth_method", "none")),
        )

    def is_weaker_than(self, earlier: "ClientSnapshot") -> bool:
        """Whether the client proves less about itself than it did."""
        return _strength(self) < _strength(earlier)


def approved_name(grant: Grant, client: Client) -> str:
    """What the client called itself when this grant was approved."""
    approved = ClientSnapshot.of_grant(grant)
    return client.client_name if approved is None else approved.client_name


def snapshot_for_grant(client: Client) -> dict[str, Any] | None:
    """What `Grant.client_snapshot` holds; only documents change behind everybody's back."""
    return taken_of(client) if client.origin == ClientOrigin.DOCUMENT else None


def taken_of(client: Client) -> dict[str, Any]:
    """The row's members, as plain JSON."""
    return {
        "client_name": client.client_name,
        "redirect_uris": client.redirect_uris,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "jwks": client.jwks,
        "jwks_uri": client.jwks_uri,
    }


def _strength(snapshot: ClientSnapshot) -> int:
    method = snapshot.token_endpoint_auth_method
    return STRENGTHS.index(method) if method in STRENGTHS else 0
