"""Whether the audit log is whole: every event follows from the one before it, and none is missing at its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlmodel import Session, col, select

from auth_server.audit_log.audit_chain import GENESIS, Break, first_break, follows
from auth_server.models import AuditEvent

CHUNK = 1000


@dataclass(frozen=True)
class Head:
    """The end of the chain: number and hash of the last event, which together stand for all before it."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """From `SEQ:HASH`. Raises ValueError with a sentence for people."""
        number, _, digest = text.strip().partition(":")
        is_number = number.isascii() and number.isdigit() and len(number) < 19
        if not is_number or len(digest) != len(GENESIS) or not set(digest) <= set("0123456789abcdef"):
            raise ValueError("a head is a number, a colon and 64 hexadecimal digits, as a verification prints it")
        return cls(int(number), digest)


@dataclass(frozen=True)
class Verification:
    """What the walk found; `broken_at` is the number of the first event that does not hold, None for a whole chain.

    `lacks_head` says that the event of an earlier head is gone, or is another one now.
    """

    head: Head
    broken_at: int | None = None
    lacks_head: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed or taken away."""
        return self.broken_at is None and not self.lacks_head


def current_head(session: Session) -> Head:
    """Where the chain ends now; nothing is verified."""
    newest = select(AuditEvent.sequence, AuditEvent.hash).order_by(col(AuditEvent.sequence).desc()).limit(1)
    found = session.exec(newest).first()
    return Head(found[0] or 0, found[1]) if found is not None else Head(0, GENESIS)


def verify(session: Session, earlier: Head | None = None) -> Verification:
    """Walks the whole chain; `earlier` is a head noted at another time, which has to be part of it still."""
    head = current_head(session)
    broken = first_break(_walked(session, head.sequence))
    if broken is not None:
        return Verification(head, broken.sequence)
    return Verification(head, lacks_head=earlier is not None and not _has(session, earlier))


def verify_newest(session: Session, count: int) -> Break | None:
    """The first break among the last `count` events, which is quick however long the log is."""
    newest = select(AuditEvent).order_by(col(AuditEvent.sequence).desc()).limit(count + 1)
    events = [event.model_dump() for event in reversed(session.exec(newest).all())]
    if len(events) <= count:
        return first_break(events)
    return next((Break(one["sequence"]) for before, one in pairwise(events) if not follows(before, one)), None)


def _walked(session: Session, end: int) -> Iterator[dict[str, Any]]:
    """Every event up to `end`, some at a time; what was added meanwhile is for the next verification."""
    last = 0
    while last < end:
        chunk = (
            select(AuditEvent)
            .where(col(AuditEvent.sequence) > last, col(AuditEvent.sequence) <= end)
            .order_by(col(AuditEvent.sequence))
            .limit(CHUNK)
        )
        events = list(session.exec(chunk))
        for event in events:
            yield event.model_dump()
            session.expunge(event)
        last = events[-1].sequence or end if events else end


def _has(session: Session, head: Head) -> bool:
    if head.sequence == 0:
        return head.hash == GENESIS
    event = session.get(AuditEvent, head.sequence)
    return event is not None and event.hash == head.hash
