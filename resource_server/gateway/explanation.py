"""What went wrong on the way to a server, as a sentence for people: nothing of a secret, nothing the server wrote."""

import ssl

import httpx2
from mcp import MCPError
from mcp_types import CONNECTION_CLOSED, ErrorData

from resource_server.gateway.failures import LostError, TooLargeError, UnreachableError, UnsentError
from resource_server.gateway.fate import ConversationOverError, TooMuchError
from resource_server.gateway.http_clients import RefusedAddressError
from resource_server.gateway.limits import MEGABYTE, Limits
from resource_server.gateway.parts import MOST_PARTS
from resource_server.gateway.processes import NoRoomError, ProcessEndedError
from resource_server.gateway.upstream import Transport, Upstream

STATUSES = {
    401: "wants a credential, or another one than it got (401)",
    403: "refuses the credential it got (403)",
    404: "has no MCP server at that path (404)",
    405: "does not take MCP's requests at that path (405)",
    429: "wants fewer requests (429)",
}


def explained(upstream: Upstream, error: BaseException, status: int = 0) -> str:
    """One sentence; `status` is the last answer of HTTP that was an error, where it is known."""
    return f"{upstream.name} {_said(upstream, cause_of(error), status)}."


def failure_of(upstream: Upstream, error: Exception, limits: Limits) -> UnreachableError | None:
    """What an error of one request in an open conversation means; None where it is the server's own."""
    match error:
        case ConversationOverError():
            return UnsentError(f"{upstream.name} ended the connection.")
        case TooMuchError():
            return too_large(upstream, limits)
        case httpx2.ConnectError() | httpx2.ConnectTimeout():
            return UnsentError(explained(upstream, error))
        case httpx2.TimeoutException():
            return UnreachableError(explained(upstream, error))
        case httpx2.TransportError():
            return LostError(f"{upstream.name} ended the connection.")
        case MCPError(error=ErrorData(code=code)) if code == CONNECTION_CLOSED:
            return LostError(f"{upstream.name} ended the connection.")
    return None


def too_large(upstream: Upstream, limits: Limits) -> TooLargeError:
    """A message that is longer than is taken."""
    megabytes = f"{limits.most_bytes / MEGABYTE:.3g}"
    return TooLargeError(
        f"{upstream.name} answered with more than is taken: at most {megabytes} MB in {MOST_PARTS} values, "
        "not compressed."
    )


def cause_of(error: BaseException) -> BaseException:
    """The first of a group of errors, and of groups in it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _said(upstream: Upstream, cause: BaseException, status: int) -> str:
    chain = list(_chain(cause))
    if (refused := next((one for one in chain if isinstance(one, RefusedAddressError)), None)) is not None:
        return f"cannot be reached: {str(refused).rstrip('.')}"
    if upstream.transport is Transport.STDIO and (said := _said_of_program(upstream, cause)):
        return said
    if status >= 400:
        return STATUSES.get(status, f"answers with the HTTP status {status}")
    if any(isinstance(one, ssl.SSLError) for one in chain):
        return "has no certificate that can be trusted"
    if isinstance(cause, httpx2.HTTPStatusError):
        return STATUSES.get(cause.response.status_code, f"answers with the HTTP status {cause.response.status_code}")
    if isinstance(cause, (httpx2.SSEError, TooMuchError)):
        return "sends more at once than is taken"
    if isinstance(cause, MCPError):
        return "answers, but not as an MCP server"
    if isinstance(cause, (TimeoutError, httpx2.TimeoutException)):
        return "did not answer in time"
    if isinstance(cause, httpx2.ConnectError):
        return "cannot be reached: nothing answers at its address"
    return "cannot be reached"


def _said_of_program(upstream: Upstream, cause: BaseException) -> str:
    match cause:
        case NoRoomError():
            return "is busy: as many of its processes as are allowed are at work"
        case ProcessEndedError():
            return f"cannot be reached: its process ended with {cause.code}"
        case FileNotFoundError():
            return f"cannot be reached: there is no program {upstream.command[0]!r}; install it, or name its whole path"
        case PermissionError():
            return f"cannot be reached: {upstream.command[0]!r} may not be run; make it executable for who runs Ostiary"
        case _:
            return ""


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
