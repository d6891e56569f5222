"""Our own mistakes: a reference for who asked, in the form of the address; what happened is for the log."""

from collections.abc import Callable

import structlog
from mcp_types import INTERNAL_ERROR
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from resource_server.authorization.challenges import json_rpc_error
from resource_server.pages import Pages
from resource_server.transport.accept import prefers_page
from resource_server.transport.bodies import ClientGoneError
from resource_server.web.problems import PageProblem
from shared.accidents import note_accident
from shared.noticed_starts import NoticedStart

Answer = Callable[[Scope, str], Response]
"""For the request of the scope, with a reference."""

WORD = "internal_error"
HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}

log = structlog.get_logger(__name__)


class AnsweredAccidents:
    """An innermost middleware: the framework's own answer is plain text, and has none of the usual headers."""

    def __init__(self, app: ASGIApp, answer: Answer) -> None:
        self.app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. What was half answered is cut off: raises what went wrong."""
        start = NoticedStart(send)
        try:
            await self.app(scope, receive, start)
        except ClientGoneError:
            return
        except Exception as error:
            if scope["type"] != "http":
                raise
            reference = note_accident(log, "request_failed", error, method=scope["method"], path=scope["path"])
            if start.was_seen:
                raise
            await self._answer(scope, reference)(scope, receive, send)


def sentence(reference: str) -> str:
    """For who asked."""
    return f"Something went wrong here. Reference: {reference}."


def answers(pages: Pages, speaks_mcp: Callable[[str], bool]) -> Answer:
    """JSON-RPC where MCP is spoken, told by the path; a page for a browser; JSON for everybody else."""

    def answer(scope: Scope, reference: str) -> Response:
        if speaks_mcp(scope["path"]):
            return json_rpc_error(500, INTERNAL_ERROR, sentence(reference), headers=HEADERS)
        if prefers_page(Request(scope).headers.get("accept", "")):
            return pages.render("servers/problem.html", 500, problem=_problem(), reference=reference)
        body = {"error": WORD, "error_description": sentence(reference)}
        return JSONResponse(body, 500, HEADERS)

    return answer


def _problem() -> PageProblem:
    return PageProblem(
        "Something went wrong here",
        "The fault is ours, not yours, and it stands in the log of this server.",
        "Try again in a moment. If it happens again, tell an administrator the reference.",
        500,
    )
