"""What was refused behind the gate, by our session bridge or by the SDK, named for the log by its HTTP status."""

from resource_server.transport.exchange import SESSION_HEADER, Exchange
from shared.refusals import Reason

REASONS = {
    405: Reason.SESSION_MISSING,
    406: Reason.NOTHING_READABLE,
    413: Reason.BODY_TOO_LARGE,
    503: Reason.TOO_MANY_SESSIONS,
}


def refused_inside(exchange: Exchange, status: int) -> Reason | None:
    """None for an answer that is no refusal. 404 speaks of the session where one was named, else of the message."""
    if status < 400:
        return None
    if status == 404 and exchange.header(SESSION_HEADER) is not None:
        return Reason.SESSION_UNKNOWN
    return REASONS.get(status, Reason.MESSAGE_REFUSED if status < 500 else Reason.SERVER_FAILED)
