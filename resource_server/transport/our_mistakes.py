"""What went wrong here is for the log; the SDK would tell the app."""

import structlog
from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult
from mcp_types import INTERNAL_ERROR
from pydantic import ValidationError

from resource_server.transport.asking import Context
from shared.accidents import note_accident

log = structlog.get_logger(__name__)


async def without_our_words(ctx: Context, call_next: CallNext) -> HandlerResult:
    """The answer of what comes next. Raises MCPError, for a mistake of ours with a reference alone."""
    try:
        return await call_next(ctx)
    except (MCPError, ValidationError):
        raise
    except Exception as error:
        reference = note_accident(log, "request_failed", error, method=ctx.method)
        raise MCPError(INTERNAL_ERROR, f"Something went wrong here. Reference: {reference}.") from error
