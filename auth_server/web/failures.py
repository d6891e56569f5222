"""Every failure has an answer: JSON for programs, a page for people, a reference in the log for bugs."""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from auth_server.settings import Settings
from auth_server.web.api_errors import api_error, error_page, is_for_programs
from auth_server.web.malformed_requests import what_is_malformed
from auth_server.web.refused_requests import Refusal, RefusedRequestError, refusal_of
from shared.ids import new_id
from shared.noticed_starts import NoticedStart
from shared.refusals import Reason, Step, note_refusal
from shared.sealing import SealBrokenError

SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not answer to that method.",
    413: "The request is too large.",
}
RETRY_AFTER = {"Retry-After": "5"}
FAILED: Refusal = (Step.REACH, Reason.SERVER_FAILED)


class Answers:
    """Turns a status and a sentence into the answer that fits the path, and notes the refusal."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __call__(
        self,
        request: Request,
        status: int,
        description: str,
        refusal: Refusal = FAILED,
        headers: dict[str, str] | None = None,
        code: str = "",
    ) -> Response:
        """One answer; with a `code` the description is complete."""
        if not is_for_programs(request, self._settings.base_path):
            return error_page(request, status, description, refusal, headers)
        note_refusal(*refusal)
        if status in (404, 405) and not code:
            description = f"{description} {self._right_address(request)}"
        return api_error(status, description, headers, code)

    def _right_address(self, request: Request) -> str:
        """What a program that knocked at the wrong place was probably looking for."""
        if "/.well-known" in request.url.path:
            return f"The metadata lies at {self._settings.issuer}/.well-known/oauth-authorization-server"
        return f"The MCP endpoint is {self._settings.mcp_url}"


def answer_failures(app: FastAPI, settings: Settings) -> None:
    """Registers the handlers of HTTP errors and of storage that does not answer."""
    answer = Answers(settings)

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> Response:
        code = error.code if isinstance(error, RefusedRequestError) else ""
        description = error.detail if code else SENTENCES.get(error.status_code) or error.detail
        return answer(request, error.status_code, description, refusal_of(error), dict(error.headers or {}), code)

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> Response:
        return answer(request, 422, what_is_malformed(error), (Step.REACH, Reason.REQUEST_MALFORMED))

    @app.exception_handler(PoolTimeoutError)
    @app.exception_handler(OperationalError)
    def storage_failed(request: Request, error: SQLAlchemyError) -> Response:
        """A dependency's failure is 503, never an invalid_client that makes a client throw its registration away."""
        structlog.get_logger("auth").error("storage_failed", cause=type(error).__name__)
        return answer(request, 503, "The server cannot reach its storage. Try again in a moment.", FAILED, RETRY_AFTER)

    @app.exception_handler(SealBrokenError)
    def seal_broken(request: Request, error: SealBrokenError) -> Response:
        """A row that was changed by hand, or came from another installation; mending it takes no new registration."""
        structlog.get_logger("auth").error("seal_broken", cause=str(error))
        return answer(
            request, 503, "The server cannot read a key of its own. Its operator has to act.", FAILED, RETRY_AFTER
        )

    app.add_middleware(UnexpectedErrors, answer=answer)


class UnexpectedErrors:
    """The innermost middleware: a bug is logged with a reference and answered, with the headers of every answer."""

    def __init__(self, app: ASGIApp, answer: Answers) -> None:
        self.app = app
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        start = NoticedStart(send)
        try:
            await self.app(scope, receive, start)
        except ClientDisconnect:
            return  # nobody is left to be answered
        except Exception:
            if start.was_seen or scope["type"] != "http":
                raise
            reference = new_id("err")
            structlog.get_logger("auth").exception("unexpected_error", reference=reference, path=scope["path"])
            response = self.answer(Request(scope), 500, f"Something went wrong here. Reference: {reference}")
            await response(scope, receive, send)
