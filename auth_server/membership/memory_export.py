"""A person's memories, asked of the resource server and passed on as they come: never held whole."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import httpx2
import structlog
from sqlmodel import Session

from auth_server.question_tokens import question_token
from auth_server.services import Services
from auth_server.settings import Settings

PATH = "/internal/export"
TOKEN_TYPE = "export+jwt"
TIMEOUT = httpx2.Timeout(30, connect=2)
COUNT_TIMEOUT = 1.0
LONGEST_LAST_LINE = 64

log = structlog.get_logger(__name__)


class MemoriesUnreadableError(Exception):
    """The resource server does not answer, or cannot read the vault now."""


def export_token(session: Session, services: Services, user_id: str) -> str:
    """Asks for one person's memories."""
    return question_token(session, services, user_id, PATH, TOKEN_TYPE)


class MemoryStream:
    """The lines as they come; `is_complete` once the last one, which counts them, has been read."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self.is_complete = False

    def __iter__(self) -> Iterator[bytes]:
        """Ends early when the connection does; `is_complete` says so."""
        tail = b""
        try:
            for chunk in self._response.iter_bytes():
                tail = (tail + chunk)[-LONGEST_LAST_LINE:]
                yield chunk
        except httpx2.HTTPError as cause:
            log.warning("export broke off", cause=type(cause).__name__)
        self.is_complete = _counted(tail) is not None


class MemoryExport:
    """Asks the resource server, over one TLS context."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.resource_internal_url or settings.mcp_origin}{PATH}"

    @contextmanager
    def open(self, token: str, user_id: str, part: str = "") -> Iterator[MemoryStream]:
        """The stream, once the resource server has begun to answer. Raises MemoriesUnreadableError.

        `part` is `history` or `ledger` in place of the memories.
        """
        with httpx2.Client(timeout=TIMEOUT, trust_env=False, verify=self._tls) as client:
            try:
                question = client.build_request(
                    "GET", self._url, params={"sub": user_id, "part": part}, headers=_bearer(token)
                )
                response = client.send(question, stream=True)
            except (httpx2.HTTPError, httpx2.InvalidURL) as cause:
                raise MemoriesUnreadableError from cause
            try:
                if response.status_code != httpx2.codes.OK:
                    raise MemoriesUnreadableError
                yield MemoryStream(response)
            finally:
                response.close()

    def count(self, token: str, user_id: str) -> int | None:
        """How many memories there are; None when nobody says so within a moment."""
        try:
            with httpx2.Client(timeout=COUNT_TIMEOUT, trust_env=False, verify=self._tls) as client:
                params = {"sub": user_id, "only": "count"}
                answer = client.get(self._url, params=params, headers=_bearer(token)).raise_for_status()
        except (httpx2.HTTPError, httpx2.InvalidURL) as cause:
            log.warning("memories not counted", cause=type(cause).__name__)
            return None
        return _counted(answer.content)

    @cached_property
    def _tls(self) -> ssl.SSLContext | bool:
        """Made at the first question, and not at the start."""
        return ssl.create_default_context() if self._url.startswith("https://") else False


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _counted(text: bytes) -> int | None:
    """The number that the last line says."""
    try:
        last = json.loads(text.rstrip(b"\n").rpartition(b"\n")[2])
        return int(last["memories"])
    except (ValueError, KeyError, TypeError):
        return None
