"""Apps: found and looked at."""

from typing import Any

from fastapi import APIRouter, Response

from auth_server.administration.client_details import client_details
from auth_server.administration.client_listing import Kind, search_clients
from auth_server.administration.grants import GrantFilter, State, search_grants
from auth_server.administration.listed import Window
from auth_server.administrators import AdminUser
from auth_server.client_handles import client_id_of, handle_of
from auth_server.client_identity import redirect_target
from auth_server.clients import find_client
from auth_server.routes.admin.act_routes import nothing_there
from auth_server.routes.admin.client_acts import CLIENT_ACTS, HERE, offered
from auth_server.routes.admin.list_query import PAGE_SIZE, ListQueryDep, turned
from auth_server.routes.admin.returning import said_of
from auth_server.web.page_services import PageServicesDep
from auth_server.web.signed_in_pages import admin_page
from shared.database import unit_of_work

router = APIRouter(include_in_schema=False)
KINDS = (
    ("", "All"),
    (Kind.REGISTERED.value, "Registered themselves"),
    (Kind.DOCUMENT.value, "Known by a document"),
    (Kind.ADMINISTRATOR.value, "Entered by hand"),
    (Kind.TRUSTED.value, "Trusted or approved"),
    (Kind.BLOCKED.value, "Blocked"),
    (Kind.UNUSED.value, "Unused"),
)
BY_KIND = {kind.value: kind for kind in Kind}
KNOWN = {
    "registered": "registered itself",
    "document": "by its document",
    "administrator": "entered by hand",
    "own_pages": "part of this Ostiary",
}
SAID = {word: act.done for word, act in CLIENT_ACTS.by_word.items()} | {
    "cleaned-up": "The unused apps are deleted.",
}


@router.get(HERE)
def clients_page(services: PageServicesDep, browser: AdminUser, query: ListQueryDep) -> Response:
    """Apps that fit the address, newest first."""
    with unit_of_work(services.engine, read_only=True) as session:
        kind = BY_KIND.get(query.get("kind"), Kind.ALL)
        rows = search_clients(session, Window(PAGE_SIZE + 1, query.offset), query.text, kind)
    clients, pager = turned(rows, query)
    shown = [(client, handle_of(client.client_id)) for client in clients]
    context: dict[str, Any] = {"clients": shown, "pager": pager, "query": query, "kinds": KINDS, "known": KNOWN}
    said = said_of(SAID, query.get("done")).format(name="The app")
    return admin_page(services, browser, "admin/clients.html", HERE, said=said, **context)


@router.get(f"{HERE}/{{handle}}")
def client_page(handle: str, services: PageServicesDep, browser: AdminUser, done: str = "") -> Response:
    """One app: where it came from, what it holds, and what can be done."""
    with unit_of_work(services.engine, read_only=True) as session:
        client = find_client(session, client_id_of(handle))
        if client is None:
            raise nothing_there(CLIENT_ACTS)
        details = client_details(session, client)
        grants = search_grants(session, Window(PAGE_SIZE), GrantFilter(client_id=client.client_id, state=State.LIVE))
    context: dict[str, Any] = {
        "details": details,
        "targets": [(uri, redirect_target(uri)) for uri in details.redirect_uris],
        "grants": grants,
        "acts": [(word, CLIENT_ACTS.by_word[word]) for word in offered(client)],
        "handle": handle,
        "said": said_of(SAID, done).format(name=details.listed.name),
    }
    return admin_page(services, browser, "admin/client.html", HERE, **context)
