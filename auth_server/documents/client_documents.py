"""Makes a client's document fresh before a person is asked about it: read once however many wait, checked, kept."""

from collections.abc import Coroutine

import structlog
from starlette.concurrency import run_in_threadpool

from auth_server.documents.cache import check_trusted, is_fresh, keep, may_serve_while_down, withdraw
from auth_server.documents.errors import (
    DocumentError,
    TooManyDocumentsError,
    UnreachableDocumentError,
    UnusableDocumentError,
)
from auth_server.documents.joined_readings import JoinedReadings
from auth_server.documents.limits import DocumentLimits
from auth_server.models import Client, ClientOrigin
from auth_server.oauth.metadata_document import MAX_DOCUMENT_BYTES, InvalidDocumentError, read_document
from auth_server.services import Services
from shared.database import unit_of_work
from shared.fetch_targets import FetchFailedError, FetchRefusedError
from shared.refusals import loggable_client_id

log = structlog.get_logger(__name__)


class ClientDocuments:
    """One for each process; it holds the readings that are under way, the rows hold the documents."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._limits = DocumentLimits(services.limiter)
        self._readings = JoinedReadings()

    async def refresh(self, client_id: str, address: str) -> None:
        """The row of this client is good for a decision now. Raises DocumentError.

        `address` is where the person's browser comes from; call this for people who have signed in (AS-79).
        """
        known = await run_in_threadpool(self._trusted_row, client_id)
        if known is not None and is_fresh(known):
            return
        try:
            await self._readings.join(client_id, lambda: self._admitted(client_id, address))
        except (UnreachableDocumentError, TooManyDocumentsError) as error:
            if not may_serve_while_down(known):
                raise
            # Nobody is refused, so this is no refusal; the makers of the app may want to hear of it.
            log.warning("old_document_served", client_id=loggable_client_id(client_id), reason=error.reason.value)

    def _admitted(self, client_id: str, address: str) -> Coroutine[None, None, None]:
        self._limits.admit(client_id, address)
        return self._read(client_id)

    async def _read(self, client_id: str) -> None:
        # Whoever asked a moment earlier may have finished between our look at the row and now.
        known = await run_in_threadpool(self._trusted_row, client_id)
        if known is not None and is_fresh(known):
            return
        try:
            await self._fetch_and_keep(client_id)
        except DocumentError as error:
            self._limits.failed(client_id, error)
            if isinstance(error, UnusableDocumentError):
                await run_in_threadpool(self._withdraw, client_id)
            raise

    async def _fetch_and_keep(self, client_id: str) -> None:
        try:
            fetched = await self._services.fetch.get(client_id, accept="application/json", limit=MAX_DOCUMENT_BYTES)
            document = read_document(client_id, fetched.body, self._services.settings)
        except FetchFailedError as failed:
            raise UnreachableDocumentError(f"Its document could not be read: {failed}") from failed
        except FetchRefusedError as refused:
            raise UnusableDocumentError(f"Its document could not be read: {refused}") from refused
        except InvalidDocumentError as invalid:
            raise UnusableDocumentError(f"Its document was read, but it cannot be used. {invalid}") from invalid

        def write() -> None:
            with unit_of_work(self._services.engine) as session:
                keep(session, client_id, document, fetched.max_age)

        await run_in_threadpool(write)

    def _trusted_row(self, client_id: str) -> Client | None:
        with unit_of_work(self._services.engine, read_only=True) as session:
            known = session.get(Client, client_id)
            if known is None or known.origin == ClientOrigin.DOCUMENT:
                check_trusted(session, client_id)
            return known

    def _withdraw(self, client_id: str) -> None:
        with unit_of_work(self._services.engine) as session:
            withdraw(session, client_id)
