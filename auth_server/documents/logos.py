"""The logos of clients known by a document: fetched here, never by a browser, and from their own site alone (AS-30)."""

from base64 import b64encode
from collections.abc import Coroutine
from datetime import timedelta
from urllib.parse import urlsplit

import anyio
import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from auth_server.client_identity import is_same_site
from auth_server.documents.errors import DocumentError
from auth_server.documents.joined_readings import JoinedReadings
from auth_server.documents.limits import DocumentLimits
from auth_server.documents.logo_drawing import UndrawableError, drawn_anew
from auth_server.models import Client, ClientLogo, ClientOrigin
from auth_server.services import Services
from shared.clock import now
from shared.database import unit_of_work
from shared.refusals import loggable_client_id
from shared.safe_fetch import FetchFailedError, FetchRefusedError

MAX_BYTES = 200 * 1024
SECONDS = 2.0
"""For the fetch, and once more for a turn to be drawn: a person waits for the page meanwhile, once a day at most."""
KEPT = timedelta(hours=24)
ACCEPTED = ("image/png", "image/jpeg", "image/webp", "image/gif")
NO_PICTURE = b""
"""Remembers that there was none, so that nobody waits for it again before the day is over."""

log = structlog.get_logger(__name__)


class ClientLogos:
    """One for each process; it holds the readings that are under way, and one place in which pictures are drawn.

    The threads that answer requests draw nothing: strangers choose the pictures.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._limits = DocumentLimits(services.limiter)
        self._readings = JoinedReadings()
        self._drawing = anyio.CapacityLimiter(1)

    async def refresh(self, client_id: str, address: str) -> None:
        """Fetches the logo if that is due; `address` is where the person's browser comes from.

        Whatever goes wrong, the page shows initials instead.
        """
        logo_uri = await run_in_threadpool(_due_logo, self._services, client_id)
        if logo_uri is None:
            return
        try:
            await self._readings.join(client_id, lambda: self._admitted(client_id, logo_uri, address))
        except (DocumentError, TimeoutError) as not_now:  # too many at once; a later page tries again
            log.info("logo_not_read", client_id=loggable_client_id(client_id), reason=str(not_now) or "No turn came.")

    def _admitted(self, client_id: str, logo_uri: str, address: str) -> Coroutine[None, None, None]:
        self._limits.admit(logo_uri, address)
        return self._read(client_id, logo_uri)

    async def _read(self, client_id: str, logo_uri: str) -> None:
        """What went wrong is kept as long as a picture is. Raises TimeoutError when others are being drawn."""
        if await run_in_threadpool(_due_logo, self._services, client_id) != logo_uri:
            return  # whoever asked a moment earlier has finished since
        try:
            png = await self._drawn(logo_uri)
        except (FetchFailedError, FetchRefusedError, UndrawableError) as reason:
            log.info("logo_not_shown", client_id=loggable_client_id(client_id), reason=str(reason))
            png = NO_PICTURE
        await run_in_threadpool(_keep, self._services, client_id, logo_uri, png)

    async def _drawn(self, logo_uri: str) -> bytes:
        fetch = self._services.fetch
        fetched = await fetch.get(logo_uri, accept=", ".join(ACCEPTED), limit=MAX_BYTES, seconds=SECONDS)
        if fetched.content_type not in ACCEPTED:
            raise UndrawableError("Its media type is not one of a picture.")
        with anyio.fail_after(SECONDS):  # for the turn; what has begun is finished
            return await anyio.to_thread.run_sync(drawn_anew, fetched.body, limiter=self._drawing)


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
