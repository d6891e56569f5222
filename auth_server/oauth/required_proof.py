"""What a client must prove at the token endpoint: what was approved with the grant it asks about (CIMD §6.3)."""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from auth_server.models import Client, ClientKeySet, ClientOrigin, Grant
from auth_server.oauth.client_keys import ClientKey, client_keys
from auth_server.trust.client_secrets import overlap_end


@dataclass(frozen=True)
class RequiredProof:
    """The authentication method, and what its proof is compared with."""

    method: str
    secret_digests: tuple[str, ...] = field(default=(), repr=False)
    """Of the secrets that are good now: beside the newest, for a while, the one before it."""
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None


def required_proof(client: Client, grant: Grant | None, *, is_signed: bool = False) -> RequiredProof | None:
    """By the snapshot of a grant of this client's; None if nothing can prove it. `is_signed`: the request is.

    A document that says `none` today does not open a grant that was approved for a client with keys, and one that
    demands keys today does not shut out a grant that was approved without: whether the client signs by now, with the
    keys that its document names, or goes on as it was approved.
    """
    current = RequiredProof(client.token_endpoint_auth_method, good_secrets(client), client.jwks, client.jwks_uri)
    if client.origin != ClientOrigin.DOCUMENT or grant is None or grant.client_id != client.client_id:
        return current
    snapshot = grant.client_snapshot
    if snapshot is None:
        return None
    approved = RequiredProof(
        method=str(snapshot.get("token_endpoint_auth_method")),
        jwks=snapshot.get("jwks"),
        jwks_uri=snapshot.get("jwks_uri"),
    )
    return current if is_signed and approved.method == "none" else approved


def good_secrets(client: Client) -> tuple[str, ...]:
    """The digests of the client's secrets that are good now; after a rotation the earlier one is until it expires."""
    earlier = client.previous_secret_digest if overlap_end(client) is not None else None
    return tuple(kept for kept in (client.secret_digest, earlier) if kept is not None)


def published_keys(session: Session, proof: RequiredProof) -> tuple[ClientKey, ...]:
    """The client's keys as they are known here; whether those of a jwks_uri had to be read anew was settled before."""
    if proof.jwks_uri is None:
        return client_keys(proof.jwks)
    kept = session.get(ClientKeySet, proof.jwks_uri)
    return client_keys(kept.jwks) if kept is not None else ()
