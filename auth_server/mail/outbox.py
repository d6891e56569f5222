"""Letters on their way: at once where somebody waits to hear, or behind the answer that must not depend on them."""

from collections.abc import Callable
from queue import Empty, Full, Queue
from threading import Condition, Lock, Thread

import structlog

from auth_server.mail.delivery import MailNotSentError, deliver
from auth_server.mail.letters import Letter
from auth_server.mail.messages import Messages
from auth_server.mail.smtp_server import parse_sender, parse_smtp_url
from auth_server.settings import Settings

MOST_WAITING = 1000
CARRIERS = 2
"""Threads: one that waits for a slow server does not keep everybody waiting."""
LAST_SECONDS = 15.0

Writing = Callable[[], Letter | None]
log = structlog.get_logger(__name__)


class Outbox:
    """Sends through the configured server. Without one, each letter is printed to the log, with its link."""

    def __init__(self, settings: Settings) -> None:
        url = settings.smtp_url.get_secret_value() if settings.smtp_url else ""
        self._server = parse_smtp_url(url) if url else None
        self._messages = Messages(parse_sender(settings.effective_smtp_from))
        self._waiting: Queue[Writing] = Queue(MOST_WAITING)
        self._underway = 0
        self._changed = Condition()
        self._starting = Lock()
        self._carriers: list[Thread] = []

    @property
    def has_server(self) -> bool:
        """Whether messages leave this machine."""
        return self._server is not None

    def send(self, letter: Letter) -> None:
        """Returns when the letter is with the mail server, or printed. Raises MailNotSentError."""
        if self._server is None:
            log.info(
                "mail is printed, for no mail server is set", to=letter.to, subject=letter.subject, link=letter.link
            )
            return
        try:
            deliver(self._server, self._messages.draw(letter), letter.to)
        except MailNotSentError as refusal:
            log.warning("mail not sent", kind=letter.kind, cause=str(refusal))
            raise
        log.info("mail sent", kind=letter.kind)

    def later(self, write: Writing) -> None:
        """Lets `write` decide what is sent, in another thread; what goes wrong there is logged and told to nobody."""
        self._start_carriers()
        with self._changed:
            try:
                self._waiting.put_nowait(write)
            except Full:
                log.error("mail dropped, for too much of it waits", waiting=MOST_WAITING)
                return
            self._underway += 1

    def drain(self, seconds: float = LAST_SECONDS) -> bool:
        """Waits until everything is sent or refused; False when that takes longer."""
        with self._changed:
            is_done = self._changed.wait_for(lambda: self._underway == 0, seconds)
        if not is_done:
            log.warning("mail left behind", letters=self._underway)
        return is_done

    def _start_carriers(self) -> None:
        with self._starting:
            while len(self._carriers) < CARRIERS:
                carrier = Thread(target=self._carry, name="mail", daemon=True)
                self._carriers.append(carrier)
                carrier.start()

    def _carry(self) -> None:
        while True:
            try:
                write = self._waiting.get(timeout=60)
            except Empty:
                continue
            self._carry_out(write)
            with self._changed:
                self._underway -= 1
                self._changed.notify_all()

    def _carry_out(self, write: Writing) -> None:
        try:
            letter = write()
            if letter is not None:
                self.send(letter)
        except MailNotSentError:
            pass  # logged where it happened
        except Exception as cause:
            # The next letter must leave all the same. A traceback could show whom this one was for.
            log.error("mail not written", cause=type(cause).__name__)
