"""How a server is doing for one person: whether it answers, since when, and when it is tried again."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import TracebackType

from mcp import MCPError
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT

from resource_server.gateway.breaker import Breaker
from resource_server.gateway.failures import (
    HeldBackError,
    LostError,
    TooLargeError,
    UnreachableError,
)
from resource_server.gateway.oauth.errors import NotAnsweringError
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.wanted import CredentialWantedError
from shared.clock import now

SLOW_SECONDS = 2.0
MOST_WATCHES = 10_000


class State(StrEnum):
    """What was seen last."""

    UNKNOWN = "not asked yet"
    WORKS = "works"
    SLOW = "slow"
    DOWN = "down"
    WANTS_CREDENTIAL = "wants a credential"


@dataclass(frozen=True)
class Health:
    """As a value, to be shown. `last_error` is a sentence for people; it stays when the server works again."""

    state: State = State.UNKNOWN
    since: datetime | None = None
    seen_at: datetime | None = None
    next_try: datetime | None = None
    last_error: str = ""
    answers_in_ms: int | None = None

    @property
    def wants_credential(self) -> bool:
        """Whether the person has to enter one, or another."""
        return self.state is State.WANTS_CREDENTIAL

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "state": self.state.value,
            "since": self.since.isoformat() if self.since else None,
            "seen_at": self.seen_at.isoformat() if self.seen_at else None,
            "next_try": self.next_try.isoformat() if self.next_try else None,
            "last_error": self.last_error or None,
            "answers_in_ms": self.answers_in_ms,
        }


@dataclass
class Watch:
    """One server, as one person reaches it."""

    revision: str = ""
    breaker: Breaker = field(default_factory=Breaker)
    seen: Health = field(default_factory=Health)
    seen_at: datetime | None = None

    def check(self, name: str) -> None:
        """Before a call. Raises UnreachableError while the server is left alone."""
        if (wait := self.breaker.seconds_closed(time.monotonic())) > 0:
            raise UnreachableError(f"{name} did not answer lately; the next try is in {wait:.0f} seconds.")

    def worked(self, seconds: float | None = None) -> None:
        """It answered; in `seconds`, where those say something about the server."""
        self.breaker.worked()
        took = self.seen.answers_in_ms if seconds is None else round(seconds * 1000)
        self._note(State.SLOW if took is not None and took > SLOW_SECONDS * 1000 else State.WORKS, took=took)

    def failed(self, why: str) -> None:
        """It did not."""
        self.breaker.failed(time.monotonic())
        self._note(State.DOWN, why)

    def wants_credential(self) -> None:
        """It wants one, or another: no failure of the server's."""
        self.breaker.worked()
        self._note(State.WANTS_CREDENTIAL)

    def health(self) -> Health:
        """As it is now."""
        if self.seen.state is not State.DOWN or not self.breaker.is_open:
            return replace(self.seen, seen_at=self.seen_at)
        wait = max(0.0, self.breaker.tries_at - time.monotonic())
        return replace(self.seen, seen_at=self.seen_at, next_try=now() + timedelta(seconds=wait))

    def _note(self, state: State, why: str = "", took: int | None = None) -> None:
        self.seen_at, seen = now(), self.seen
        if seen.state is not state or why or took != seen.answers_in_ms:
            since = seen.since if seen.state is state else self.seen_at
            self.seen = Health(state, since, None, None, why or seen.last_error, took)


class Watches:
    """All of them, of one process."""

    def __init__(self) -> None:
        self._watches: dict[tuple[str, str], Watch] = {}

    def watched(self, upstream: Upstream, user_id: str, *, is_timed: bool = False) -> "Watched":
        """Around a request: counts what the server leaves unanswered; an error of its own is an answer.

        `is_timed` where the time it takes says something about the server. Raises UnreachableError.
        """
        return Watched(upstream, self.of(upstream, user_id), is_timed)

    def of(self, upstream: Upstream, user_id: str) -> Watch:
        """The watch; a server or credential that was changed has a new one, and is tried at once."""
        key = upstream.id, user_id
        watch = self._watches.get(key)
        if watch is None or watch.revision != upstream.revision:
            self._watches.pop(key, None)
            watch = self._watches[key] = Watch(upstream.revision)
            if len(self._watches) > MOST_WATCHES:
                del self._watches[next(iter(self._watches))]
        return watch

    def health(self, upstream: Upstream, user_id: str) -> Health:
        """How the server is doing for this person."""
        watch = self._watches.get((upstream.id, user_id))
        return watch.health() if watch is not None and watch.revision == upstream.revision else Health()

    def health_for_anybody(self, server_id: str) -> Health:
        """How it was seen last, whoever asked it."""
        seen = [watch.health() for (server, _), watch in self._watches.items() if server == server_id]
        return max(seen, key=lambda one: one.seen_at.timestamp() if one.seen_at else 0.0, default=Health())


class Watched:
    """One request, as `Watches.watched` says."""

    def __init__(self, upstream: Upstream, watch: Watch, is_timed: bool) -> None:
        self._upstream, self._watch, self._is_timed = upstream, watch, is_timed

    def __enter__(self) -> None:
        self._watch.check(self._upstream.name)
        self._begun = time.monotonic()

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if error is None:
            self._watch.worked(time.monotonic() - self._begun if self._is_timed else None)
        else:
            self._note(error)

    def _note(self, error: BaseException) -> None:
        """What an error says of the server. Raises what it means, where that is another."""
        watch, name = self._watch, self._upstream.name
        if isinstance(error, NotAnsweringError):  # whoever renews the person's tokens, not the server
            raise HeldBackError(f"{name} cannot be used now: {error}") from error
        if isinstance(error, CredentialWantedError):
            watch.wants_credential()
        elif isinstance(error, UnreachableError) and not isinstance(error, HeldBackError):
            watch.worked() if isinstance(error, TooLargeError) else watch.failed(str(error))
        elif isinstance(error, MCPError):
            if (lost := _lost(self._upstream, error)) is None:
                watch.worked()
                return
            watch.failed(str(lost))
            raise lost from error


def _lost(upstream: Upstream, error: MCPError) -> UnreachableError | None:
    """What the SDK says of an answer that never came."""
    if error.code == REQUEST_TIMEOUT:
        return UnreachableError(f"{upstream.name} did not answer in time.")
    if error.code == CONNECTION_CLOSED:
        return LostError(f"{upstream.name} ended the connection.")
    return None
