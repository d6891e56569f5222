"""How often documents are read (AS-79): per network, per host, and not again at once where it has just failed."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from auth_server.documents.errors import DocumentError, TooManyDocumentsError
from shared.clock import now
from shared.networks import network_of

PER_NETWORK, PER_HOST = RateLimitItemPerMinute(30), RateLimitItemPerMinute(60)
FAILURE_LASTS = timedelta(seconds=10)
MOST_FAILURES = 1000
A_MINUTE = 60


@dataclass(frozen=True)
class _Failure:
    """What is told again; not the exception itself, which holds on to the request it ended."""

    at: datetime
    kind: type[DocumentError]
    cause: str


class DocumentLimits:
    """Kept in this process."""

    def __init__(self, limiter: MovingWindowRateLimiter) -> None:
        self._limiter = limiter
        self._failures: OrderedDict[str, _Failure] = OrderedDict()

    def admit(self, url: str, address: str) -> None:
        """Counts one reading of a document, or of the picture that one names.

        Raises TooManyDocumentsError, or what went wrong less than ten seconds ago.
        """
        failure = self._failures.get(url)
        if failure is not None and now() - failure.at < FAILURE_LASTS:
            raise failure.kind(failure.cause)
        host = urlsplit(url).hostname or ""
        if not self._limiter.hit(PER_NETWORK, "documents for", network_of(address)):
            raise TooManyDocumentsError("Your network asked to check many apps within a minute.", retry_after=A_MINUTE)
        if not self._limiter.hit(PER_HOST, "documents of", host):
            raise TooManyDocumentsError(f"Many documents of {host} were read within a minute.", retry_after=A_MINUTE)

    def failed(self, client_id: str, error: DocumentError) -> None:
        """Remembers the failure for a moment, so that a reload does not knock at the host again."""
        self._failures[client_id] = _Failure(now(), type(error), error.cause)
        self._failures.move_to_end(client_id)
        while len(self._failures) > MOST_FAILURES:
            self._failures.popitem(last=False)
