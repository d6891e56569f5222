"""The logos of clients known by a document: fetched here, never by a browser, and from their own site alone (AS-30)."""

from base64 import b64encode
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from auth_server.client_identity import is_same_site
from auth_server.logo_drawing import UndrawableError, drawn_anew
from auth_server.models import Client, ClientLogo, ClientOrigin
from auth_server.services import Services
from shared.clock import now
from shared.database import unit_of_work
from shared.refusals import loggable_client_id
from shared.safe_fetch import FetchFailedError, FetchRefusedError

MAX_BYTES = 200 * 1024
SECONDS = 2.0
"""A person waits for the page meanwhile, once a day at most."""
KEPT = timedelta(hours=24)
ACCEPTED = ("image/png", "image/jpeg", "image/webp", "image/gif")
NO_PICTURE = b""
"""Remembers that there was none, so that nobody waits for it again before the day is over."""

log = structlog.get_logger(__name__)


async def refresh_logo(services: Services, client_id: str) -> None:
    """Fetches the logo if that is due. Whatever goes wrong, the page shows initials instead."""
    logo_uri = await run_in_threadpool(_due_logo, services, client_id)
    if logo_uri is None:
        return
    try:
        fetched = await services.fetch.get(logo_uri, accept=", ".join(ACCEPTED), limit=MAX_BYTES, seconds=SECONDS)
        if fetched.content_type not in ACCEPTED:
            raise UndrawableError("Its media type is not one of a picture.")
        png = await run_in_threadpool(drawn_anew, fetched.body)
    except (FetchFailedError, FetchRefusedError, UndrawableError) as reason:
        log.info("logo_not_shown", client_id=loggable_client_id(client_id), reason=str(reason))
        png = NO_PICTURE
    await run_in_threadpool(_keep, services, client_id, logo_uri, png)


def shown_logo(session: Session, client: Client) -> str:
    """The logo as a data: URI, or an empty string."""
    kept = session.get(ClientLogo, client.client_id)
    if kept is None or kept.png == NO_PICTURE or kept.logo_uri != own_logo(client):
        return ""
    return f"data:image/png;base64,{b64encode(kept.png).decode()}"


def own_logo(client: Client) -> str | None:
    """The logo_uri of a client whose host is verified, if it lies on the same site: nobody borrows another's face."""
    if client.origin != ClientOrigin.DOCUMENT or client.logo_uri is None:
        return None
    document, logo = urlsplit(client.client_id).hostname, urlsplit(client.logo_uri).hostname
    return client.logo_uri if document and logo and is_same_site(document, logo) else None


def _due_logo(services: Services, client_id: str) -> str | None:
    with unit_of_work(services.engine, read_only=True) as session:
        client = session.get(Client, client_id)
        logo_uri = own_logo(client) if client is not None else None
        kept = session.get(ClientLogo, client_id)
        is_fresh = kept is not None and kept.logo_uri == logo_uri and now() < kept.fetched_at + KEPT
        return None if is_fresh else logo_uri


def _keep(services: Services, client_id: str, logo_uri: str, png: bytes) -> None:
    """A picture that was good yesterday stays while the host has a bad day."""
    try:
        with unit_of_work(services.engine) as session:
            kept = session.get(ClientLogo, client_id)
            if png == NO_PICTURE and kept is not None and kept.logo_uri == logo_uri:
                png = kept.png
            session.merge(ClientLogo(client_id=client_id, logo_uri=logo_uri, png=png, fetched_at=now()))
    except IntegrityError:
        log.info("logo_not_kept", client_id=loggable_client_id(client_id))  # the client is gone, or another was faster
