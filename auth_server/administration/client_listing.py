"""Apps as an administrator finds them among many."""

from enum import StrEnum

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import Session, col, select

from auth_server.administration.listed import Window, windowed
from auth_server.administration.text_search import matches_text
from auth_server.clients import is_unused
from auth_server.models import Client, ClientOrigin
from auth_server.trust.client_administration import ListedClient, describe_clients, is_listed


class Kind(StrEnum):
    """Which apps to list: how they are known, or what an administrator said of them."""

    ALL = "all"
    REGISTERED = "registered"
    DOCUMENT = "document"
    ADMINISTRATOR = "administrator"
    TRUSTED = "trusted"
    BLOCKED = "blocked"
    UNUSED = "unused"


def search_clients(session: Session, window: Window, search: str = "", kind: Kind = Kind.ALL) -> list[ListedClient]:
    """Newest first; `search` looks at names and client ids."""
    wanted = select(Client).where(
        is_listed(), _condition(kind), matches_text(search, col(Client.client_name), col(Client.client_id))
    )
    clients = session.exec(windowed(wanted, window, col(Client.created_at), col(Client.client_id))).all()
    return describe_clients(session, clients)


def _condition(kind: Kind) -> ColumnElement[bool]:
    if kind in (Kind.REGISTERED, Kind.DOCUMENT, Kind.ADMINISTRATOR):
        return col(Client.origin) == ClientOrigin(kind.value)
    if kind is Kind.TRUSTED:
        return or_(col(Client.is_trusted).is_(True), col(Client.approved_at).is_not(None))
    if kind is Kind.BLOCKED:
        return col(Client.blocked_at).is_not(None)
    return is_unused() if kind is Kind.UNUSED else true()
