"""What a registered client may change about itself without losing what people allowed it (RFC 7592 §2.2, AS-27)."""

from dataclasses import dataclass
from typing import Protocol, Self

from sqlmodel import Session

from auth_server.client_identity import RedirectKind, redirect_place
from auth_server.clients import end_grants
from auth_server.models import Client


class Described(Protocol):
    """A client, or the metadata it wants to be known by."""

    @property
    def client_name(self) -> str:
        """As people read it."""

    @property
    def redirect_uris(self) -> list[str]:
        """Where it wants people back."""

    @property
    def token_endpoint_auth_method(self) -> str:
        """How it proves itself; `none` for a public client."""


@dataclass(frozen=True)
class Approved:
    """What a person saw, or relied on, when they approved a client."""

    name: str
    places: frozenset[tuple[RedirectKind, str]]
    is_public: bool

    @classmethod
    def of(cls, client: Described) -> Self:
        """As the client is registered now, or would be."""
        return cls(
            client.client_name,
            frozenset(redirect_place(uri) for uri in client.redirect_uris),
            client.token_endpoint_auth_method == "none",
        )

    def covers(self, changed: Self) -> bool:
        """Whether the client is still who it was: same name, no new place to return to, no weaker proof of itself."""
        is_weaker = changed.is_public and not self.is_public
        return changed.name == self.name and changed.places <= self.places and not is_weaker


def end_trust(session: Session, client: Client) -> None:
    """Nobody allowed the client that this one became: its grants end, and an administrator's word for it too."""
    client.is_trusted, client.approved_at = False, None
    end_grants(session, client, "client_changed")
