"""The time, in one place: UTC everywhere, whole seconds where a protocol asks for them."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


def epoch(instant: datetime) -> int:
    """Whole seconds since 1970, as JWT and OAuth carry instants (RFC 7519 §2, NumericDate)."""
    return int(instant.timestamp())
