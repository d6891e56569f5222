"""Every failure has an answer: JSON for programs, a page for people, a reference in the log for bugs."""

from typing import Protocol

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth_server.api_errors import api_error, error_page, is_api_path
from shared.ids import new_id

SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not answer to that method.",
    413: "The request is too large.",
    422: "The request is malformed.",
}
RETRY_AFTER = {"Retry-After": "5"}


class Answer(Protocol):
    """Turns a status and a sentence into the answer that fits the path."""

    def __call__(
        self, request: Request, status: int, description: str, headers: dict[str, str] | None = None
    ) -> Response:
        """One answer."""


def answer_failures(app: FastAPI, base_path: str) -> None:
    """Registers the handlers of HTTP errors and of storage that does not answer."""

    def answer(request: Request, status: int, description: str, headers: dict[str, str] | None = None) -> Response:
        if is_api_path(request.url.path.removeprefix(base_path)):
            return api_error(status, description, headers)
        return error_page(request, status, description, headers)

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> Response:
        description = SENTENCES.get(error.status_code) or error.detail
        return answer(request, error.status_code, description, dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, _error: RequestValidationError) -> Response:
        return answer(request, 422, SENTENCES[422])

    @app.exception_handler(PoolTimeoutError)
    @app.exception_handler(OperationalError)
    def storage_failed(request: Request, error: SQLAlchemyError) -> Response:
        """A dependency's failure is 503, never an invalid_client that makes a client throw its registration away."""
        structlog.get_logger("auth").error("storage_failed", cause=type(error).__name__)
        return answer(request, 503, "The server cannot reach its storage. Try again in a moment.", RETRY_AFTER)

    app.add_middleware(UnexpectedErrors, answer=answer)


class UnexpectedErrors:
    """The innermost middleware: a bug is logged with a reference and answered, with the headers of every answer."""

    def __init__(self, app: ASGIApp, answer: Answer) -> None:
        self.app = app
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        started = False

        async def noticing_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noticing_start)
        except ClientDisconnect:
            return  # nobody is left to be answered
        except Exception:
            if started or scope["type"] != "http":
                raise
            reference = new_id("err")
            structlog.get_logger("auth").exception("unexpected_error", reference=reference, path=scope["path"])
            response = self.answer(Request(scope), 500, f"Something went wrong here. Reference: {reference}")
            await response(scope, receive, send)
