"""What the process does by itself, beside requests: stores its counts, rotates keys that are due, tidies up."""

from collections.abc import Callable
from threading import Event, Thread

import structlog

from auth_server.operation.activity_counts import CountingServer, add_counts
from auth_server.operation.leftovers import prune
from auth_server.services import Services
from auth_server.signing_keys import rotate_when_due
from shared.database import unit_of_work

SECONDS = 15
"""Between two ticks."""
ROTATION_TICKS, PRUNING_TICKS = 4, 240

log = structlog.get_logger(__name__)


class Upkeep:
    """A thread of its own, so that no request waits; a duty that fails is logged, and done at another tick."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ending = Event()
        self._thread = Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begins; the first tick comes after `SECONDS`."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it, and stores what was counted last."""
        self._ending.set()
        self._thread.join()
        self._try(self.store_counts)

    def store_counts(self) -> None:
        """Adds what this process counted to the database."""
        counts = self._services.activity.take()
        if not counts:
            return
        try:
            with unit_of_work(self._services.engine) as session:
                add_counts(session, CountingServer.AUTH, counts)
        except Exception:
            self._services.activity.put_back(counts)
            raise

    def rotate_keys(self) -> None:
        """Rotates the signing keys if their time has come; of several processes one does."""
        with unit_of_work(self._services.engine) as session:
            days = self._services.settings.signing_key_days
            if rotate_when_due(session, self._services.signing_seal, days):
                log.info("signing key rotated", after_days=days)

    def tidy(self) -> None:
        """Deletes what means nothing any more."""
        with unit_of_work(self._services.engine) as session:
            pruned = prune(session)
        if pruned:
            log.info("leftovers deleted", rows=pruned)

    def _run(self) -> None:
        ticks = 0
        while not self._ending.wait(SECONDS):
            self._try(self.store_counts)
            if ticks % ROTATION_TICKS == 0:
                self._try(self.rotate_keys)
            if ticks % PRUNING_TICKS == 0:
                self._try(self.tidy)
            ticks += 1

    def _try(self, duty: Callable[[], None]) -> None:
        try:
            duty()
        except Exception as cause:
            log.warning("upkeep failed", duty=duty.__name__, error=type(cause).__name__)
