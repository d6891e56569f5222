"""An app that nobody registered, and what ends or changes what an app was allowed."""

from typing import Any

from sqlmodel import select

from auth_server.grants import revoke_grant
from auth_server.models import Client, Grant
from auth_server.trust.client_verdicts import block_client
from tests.auth_harness import RegisteredClient
from tests.refusals.place import Place

UNKNOWN = RegisteredClient(
    {"client_id": "cli_01kah0000000000000000000bb", "redirect_uris": ["https://notes.example/callback"]}
)


def change_grants(place: Place, client: RegisteredClient, **changes: Any) -> None:
    """Something happened to what Ada allowed this app."""
    with place.auth.database() as session:
        grant = session.exec(select(Grant).where(Grant.client_id == client.id)).one()
        for name, value in changes.items():
            setattr(grant, name, value)


def disconnect(place: Place, client: RegisteredClient) -> None:
    """Ada takes everything back."""
    with place.auth.database() as session:
        grant = session.exec(select(Grant).where(Grant.client_id == client.id)).one()
        revoke_grant(session, grant, "revoked by the person")


def block(place: Place, client: RegisteredClient) -> None:
    """An administrator keeps the app out."""
    with place.auth.database() as session:
        block_client(session, session.get_one(Client, client.id))
