"""Clients that act in their own name, entered as an administrator enters them."""

from typing import Any

from sqlmodel import Session

from auth_server.oauth.service_clients import ServiceDraft, enter_service_client
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.server_words import typed_servers
from tests.auth_harness import RegisteredClient


def entered_service(
    session: Session,
    *,
    read: tuple[str, ...] = ("personal",),
    write: tuple[str, ...] = ("personal",),
    servers: tuple[str, ...] = (),
    may_administer: bool = False,
    method: str = "client_secret_post",
    **keys: Any,
) -> RegisteredClient:
    """A service with these rights, and the credential it was given."""
    access = MemoryAccess(NamespaceSet.of(*read), NamespaceSet.of(*write), servers=typed_servers(servers))
    made = enter_service_client(session, ServiceDraft("Nightly", access, may_administer, method, **keys))
    return RegisteredClient({"client_id": made.client.client_id, "client_secret": made.secret, "redirect_uris": []})
