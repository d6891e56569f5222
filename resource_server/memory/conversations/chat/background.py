"""The model's work goes on beside requests: one at a time, a bounded number waiting, whatever fails is left undone."""

from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread

import anyio
import structlog

from resource_server.memory.conversations.chat.endpoint import ChatEndpoint
from resource_server.memory.conversations.chat.writer import Job, Writer
from resource_server.memory.store import MemoryStores
from resource_server.settings import Settings

MOST_WAITING = 100
LOOK_UP_SECONDS = 1.0
log = structlog.get_logger(__name__)


class Background:
    """Takes segments and has a model write about them; without an endpoint it takes nothing."""

    def __init__(self, stores: MemoryStores, endpoint: ChatEndpoint | None) -> None:
        self._writer = Writer(stores, endpoint) if endpoint is not None else None
        self._jobs: Queue[Job] = Queue(MOST_WAITING)
        self._ended = Event()
        self._lock = Lock()
        self._thread: Thread | None = None

    def offer(self, job: Job) -> None:
        """Never waits: where too much waits already, this segment's turn comes with its next pages."""
        if self._writer is None or self._ended.is_set():
            return
        with suppress(Full):
            self._jobs.put_nowait(job)
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._work, name="chat endpoint", daemon=True)
                self._thread.start()

    def end(self) -> None:
        """What waits is dropped; what is being asked is not waited for."""
        self._ended.set()

    def finish(self) -> None:
        """Returns when everything offered so far was tried."""
        self._jobs.join()

    async def run(self) -> None:
        """A duty of the server, which ends the work with it."""
        try:
            await anyio.sleep_forever()
        finally:
            self.end()

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                job = self._jobs.get(timeout=LOOK_UP_SECONDS)
            except Empty:
                continue
            try:
                self._try(job)
            finally:
                self._jobs.task_done()

    def _try(self, job: Job) -> None:
        if self._writer is None:
            return
        try:
            self._writer.write(job, self._ended)
        except Exception as cause:
            # Never with its text, which may quote a memory.
            log.warning("chat endpoint gave nothing to write", error=type(cause).__name__)


def open_background(settings: Settings, stores: MemoryStores) -> Background:
    """With the endpoint that the settings name, if they name one and a model."""
    if not (settings.chat_url and settings.chat_model):
        return Background(stores, None)
    key = settings.chat_key.get_secret_value() if settings.chat_key else ""
    return Background(stores, ChatEndpoint(settings.chat_url, settings.chat_model, key, settings.chat_seconds))
