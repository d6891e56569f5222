"""What this API speaks: JSON objects with known members alone, and errors with a word and a sentence."""

import json

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response


class WireModel(BaseModel):
    """A JSON object; members it does not know are refused."""

    model_config = ConfigDict(extra="forbid")


class WireError(BaseModel):
    """The body of every answer that is no success: a word for programs, a sentence for people, and what goes with it.

    `tools` are names to choose from, `code` is the JSON-RPC code of an upstream's own error.
    """

    error: str
    error_description: str
    tools: list[str] | None = None
    code: int | None = None


WORDS = {
    400: "invalid_request",
    401: "invalid_token",
    403: "forbidden",
    408: "too_slow",
    413: "too_large",
    429: "too_many_requests",
    503: "temporarily_unavailable",
}


class ApiProblemError(Exception):
    """An answer that is no success."""

    def __init__(
        self, status: int, error: str, description: str, *, tools: tuple[str, ...] = (), code: int | None = None
    ) -> None:
        super().__init__(error)
        self.status = status
        self.body = WireError(error=error, error_description=description, tools=list(tools) or None, code=code)

    def response(self) -> JSONResponse:
        """As it is sent."""
        return JSONResponse(self.body.model_dump(exclude_none=True), self.status)


def unusable(description: str) -> ApiProblemError:
    """422: it cannot be done as it was said."""
    return ApiProblemError(422, "invalid_request", description)


def in_words(refusal: Response) -> Response:
    """A refusal of the entrance, which speaks JSON-RPC or plain text, as one of this API; its headers stay.

    A page for people stays one.
    """
    if refusal.headers.get("content-type", "").startswith("text/html"):
        return refusal
    headers = {name: refusal.headers[name] for name in ("www-authenticate", "retry-after") if name in refusal.headers}
    asks_for_scope = refusal.status_code == 403 and "www-authenticate" in headers
    error = "insufficient_scope" if asks_for_scope else WORDS.get(refusal.status_code, "refused")
    body = WireError(error=error, error_description=_sentence(refusal))
    return JSONResponse(body.model_dump(exclude_none=True), refusal.status_code, headers)


def _sentence(refusal: Response) -> str:
    text = bytes(refusal.body).decode()
    try:
        return str(json.loads(text)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return text
