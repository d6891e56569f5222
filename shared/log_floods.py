"""A stranger can be refused as often as they like; the log says so a bounded number of times a minute."""

from collections import Counter
from threading import Lock

import structlog

from shared.clock import epoch, now
from shared.refusals import EVENT

SECONDS = 60
OF_ONE_CLIENT = 10
"""Lines a minute with the same step, reason and client."""

OF_ALL = 60
"""Lines a minute with the same step and reason."""

LIBRARY_SAID = "library_said"
"""The event that a library's own line becomes; `library` and `at` say which one it is."""

KINDS = {EVENT: ("step", "reason"), LIBRARY_SAID: ("library", "at")}
"""Events whose number strangers decide, and what tells their kinds apart."""

Lines = tuple[object, ...]


class RefusalFloods:
    """A processor of structlog: drops what is too much, and the next line of its kind says how much that was."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute = -1
        self._told: Counter[Lines] = Counter()
        self._dropped: Counter[Lines] = Counter()

    def __call__(self, _logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """One event. Raises structlog.DropEvent."""
        names = KINDS.get(event.get("event", ""))
        if names is None:
            return event
        kind = tuple(event.get(name) for name in names)
        with self._lock:
            self._begin_minute()
            if not self._admits(kind, (*kind, event.get("client_id"))):
                self._dropped[kind] += 1
                raise structlog.DropEvent
            if dropped := self._dropped.pop(kind, 0):
                event["untold"] = dropped
        return event

    def _begin_minute(self) -> None:
        minute = epoch(now()) // SECONDS
        if minute != self._minute:
            self._minute = minute
            self._told.clear()

    def _admits(self, kind: Lines, of_client: Lines) -> bool:
        """Kinds are few; a client's own count begins only while its kind has room, so that memory is bounded too."""
        if self._told[kind] >= OF_ALL or self._told[of_client] >= OF_ONE_CLIENT:
            return False
        self._told[kind] += 1
        self._told[of_client] += 1
        return True
