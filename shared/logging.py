"""Structured log lines on stderr; libraries, which may log tokens or URLs, are heard from when something is wrong."""

import logging
import sys
from typing import TextIO

import structlog

from shared.log_floods import LIBRARY_SAID, RefusalFloods

OURS = ("auth", "auth_server", "cli", "resource_server", "shared")
QUIET = ("mcp.client",)
"""They log what other servers sent. What went wrong with a server we say ourselves."""
log = structlog.get_logger(__name__)
SECRET_KEYS = ("token", "secret", "password", "code", "verifier", "authorization", "cookie")


def configure_logging(level: str, process: str) -> None:
    """One line an event, `process` on each; queries, bodies and headers are never logged."""
    chosen: int = logging.getLevelName(level)
    logging.basicConfig(
        format="%(message)s", level=max(logging.WARNING, chosen), handlers=[OneKindOfLine(sys.stderr)], force=True
    )
    for name in OURS:
        logging.getLogger(name).setLevel(chosen)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            RefusalFloods(),
            redact,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "process", "event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(process=process)


class OneKindOfLine(logging.StreamHandler[TextIO]):
    """Writes our lines as they are, and makes events of what libraries say, so that floods of those are damped too."""

    def emit(self, record: logging.LogRecord) -> None:
        """One record; an event made of it comes here again, as one of ours."""
        if record.name.partition(".")[0] in OURS:
            super().emit(record)
            return
        facts = {"library": record.name, "at": f"{record.module}:{record.lineno}", "said": record.getMessage().strip()}
        log.log(record.levelno, LIBRARY_SAID, exc_info=record.exc_info, **facts)


def redact(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The last net: a value under a name that sounds secret is replaced."""
    for key in event:
        if any(word in key.lower() for word in SECRET_KEYS):
            event[key] = "[redacted]"
    return event
