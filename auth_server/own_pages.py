"""The resource server's pages as a client of this server: made at its start, never entered or configured."""

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from auth_server.grants import revoke_grant
from auth_server.models import Client, ClientOrigin, Grant
from auth_server.settings import Settings
from shared import own_pages
from shared.database import unit_of_work
from shared.master_key import MasterKey
from shared.secrets import digest


def ensure_pages_client(engine: Engine, settings: Settings, master_key: MasterKey) -> None:
    """It is known here as the settings and the master key of now have it."""
    try:
        with unit_of_work(engine) as session:
            _enter(session, settings, master_key)
    except IntegrityError:  # another process that starts now was first
        with unit_of_work(engine) as session:
            _enter(session, settings, master_key)


def is_own_pages(client: Client) -> bool:
    """Whether it is part of this Ostiary: its people are asked to go on, not what it may do."""
    return client.origin == ClientOrigin.OWN_PAGES


def end_pages_of(session: Session, user_id: str) -> None:
    """Whoever signs out here is signed out there too, in every browser: nobody knows which of them was this one."""
    held = select(Grant).where(
        Grant.user_id == user_id, Grant.client_id == own_pages.CLIENT_ID, col(Grant.revoked_at).is_(None)
    )
    for grant in session.exec(held).all():
        revoke_grant(session, grant, "signed out")


def _enter(session: Session, settings: Settings, master_key: MasterKey) -> None:
    client = session.get(Client, own_pages.CLIENT_ID) or Client(client_id=own_pages.CLIENT_ID)
    client.client_name = own_pages.CLIENT_NAME
    client.origin = ClientOrigin.OWN_PAGES
    client.application_type = "web"
    client.redirect_uris = [settings.mcp_origin + own_pages.REDIRECT_PATH]
    client.grant_types = ["authorization_code", "refresh_token"]
    client.scope = own_pages.SCOPE
    client.token_endpoint_auth_method = "client_secret_post"
    client.secret_digest = digest(own_pages.client_secret(master_key))
    session.add(client)
