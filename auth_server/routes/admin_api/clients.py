"""Apps: found, entered, approved, trusted, blocked, given another secret, deleted."""

from datetime import timedelta
from typing import Annotated

from fastapi import Body, Query, Response
from sqlmodel import Session

from auth_server.administration.client_details import client_details
from auth_server.administration.client_listing import Kind, search_clients
from auth_server.administrators import ApiAdmin
from auth_server.client_handles import client_id_of
from auth_server.clients import UNSEEN_LIFETIME, clean_up_clients, count_unused_clients, delete_client, find_client
from auth_server.dependencies import ServicesDep, SessionDep
from auth_server.models import Client
from auth_server.oauth.entered_clients import EnteredClient, UnusableDraftError, enter_client
from auth_server.oauth.service_clients import ServiceDraft, enter_service_client
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.admin_api.windows import answered, window
from auth_server.routes.admin_api.wire import Filter, Listed, PagingQuery, conflict, not_found, unusable
from auth_server.routes.admin_api.wire_clients import (
    WireCleanedUp,
    WireCleanUp,
    WireClient,
    WireClientChange,
    WireClientDetails,
    WireClientDraft,
    WireEnteredClient,
    WireSecret,
    WireSecretOverlap,
    WireServiceDraft,
)
from auth_server.settings import Settings
from auth_server.trust.client_administration import distrust_client, trust_client
from auth_server.trust.client_secrets import NoSecretError, RotatingError, overlap_end, rotate_secret
from auth_server.trust.client_verdicts import (
    NothingToApproveError,
    approve_client,
    block_client,
    disapprove_client,
    unblock_client,
)
from auth_server.trust.known_apps import ClientDraft
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.server_access import server_access

router = api_router("clients")


@router.get("/clients")
def list_clients(
    session: SessionDep,
    paging: PagingQuery,
    q: Filter = "",
    kind: Annotated[Kind, Query(description="Which of them.")] = Kind.ALL,
) -> Listed[WireClient]:
    """Newest first; `q` looks at names and client ids."""
    rows = search_clients(session, window(paging), q, kind)
    return answered(rows, paging, WireClient.model_validate, lambda row: row.client_id)


@router.post("/clients", status_code=201)
def create_client(
    body: Annotated[WireClientDraft, Body()], session: SessionDep, services: ServicesDep, admin: ApiAdmin
) -> WireEnteredClient:
    """An app, or a program that acts in its own name; its secret is shown this once."""
    try:
        entered = _entered(body, session, services.settings, admin.subject)
    except UnusableDraftError as wrong:
        raise unusable(str(wrong)) from wrong
    return WireEnteredClient.with_secret(client_details(session, entered.client), entered)


@router.post("/clients/clean-up")
def clean_up(body: WireCleanUp, session: SessionDep, admin: ApiAdmin) -> WireCleanedUp:
    """Counts, or deletes, the apps that registered themselves and that nobody ever connected."""
    lifetime = max(timedelta(days=body.unused_for_days), UNSEEN_LIFETIME)
    if body.preview:
        return WireCleanedUp(clients=count_unused_clients(session, lifetime), deleted=False)
    return WireCleanedUp(clients=clean_up_clients(session, lifetime, by=admin.subject), deleted=True)


@router.get("/clients/{handle}")
def get_client(handle: str, session: SessionDep) -> WireClientDetails:
    """One app."""
    return WireClientDetails.of(client_details(session, _known(session, handle)))


@router.patch("/clients/{handle}")
def change_client(handle: str, body: WireClientChange, session: SessionDep, admin: ApiAdmin) -> WireClientDetails:
    """Says something else of the app; 409 for approving one that did not register itself."""
    client = _known(session, handle)
    try:
        if body.is_approved is not None:
            (approve_client if body.is_approved else disapprove_client)(session, client, by=admin.subject)
    except NothingToApproveError as refused:
        raise conflict(str(refused)) from refused
    if body.is_trusted is not None and body.is_trusted != client.is_trusted:
        (trust_client if body.is_trusted else distrust_client)(session, client, by=admin.subject)
    if body.is_blocked is not None:
        (block_client if body.is_blocked else unblock_client)(session, client, by=admin.subject)
    return WireClientDetails.of(client_details(session, client))


@router.post("/clients/{handle}/rotate-secret", status_code=201)
def rotate(handle: str, body: WireSecretOverlap, session: SessionDep, admin: ApiAdmin) -> WireSecret:
    """Another secret; 409 while an earlier overlap lasts, unless the new one is 0."""
    client = _known(session, handle)
    try:
        secret = rotate_secret(session, client, overlap=timedelta(seconds=body.overlap_seconds), by=admin.subject)
    except (NoSecretError, RotatingError) as refused:
        raise conflict(str(refused)) from refused
    return WireSecret(client_secret=secret, earlier_secret_until=overlap_end(client))


@router.delete("/clients/{handle}", status_code=204, response_class=Response)
def delete(handle: str, session: SessionDep, admin: ApiAdmin) -> None:
    """Whatever people allowed it ends with it."""
    delete_client(session, _known(session, handle), by=admin.subject)


def _known(session: Session, handle: str) -> Client:
    client = find_client(session, client_id_of(handle))
    if client is None:
        raise not_found("client")
    return client


def _entered(body: WireClientDraft, session: Session, settings: Settings, by: str) -> EnteredClient:
    if isinstance(body, WireServiceDraft):
        read, write = NamespaceSet.of(*body.read), NamespaceSet.of(*body.write)
        access = MemoryAccess(read, write, servers=server_access(body.servers))
        method = body.token_endpoint_auth_method
        draft = ServiceDraft(body.name, access, body.may_administer, method, body.jwks, body.jwks_uri)
        return enter_service_client(session, draft, by=by)
    app = ClientDraft(body.name, tuple(body.redirect_uris), body.token_endpoint_auth_method)
    return enter_client(session, settings, app, by=by)
