"""Requests to authorization servers: judged addresses, no redirects, little time, and bodies of a bounded size."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import httpx2

from resource_server.gateway.http_clients import HttpClients, RefusedAddressError
from resource_server.gateway.oauth.errors import NotAnsweringError, UnusableServerError

SECONDS = 8.0
MOST_BYTES = 256 * 1024
JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """Status, header fields, and the body as far as it was wanted."""

    status: int
    headers: httpx2.Headers
    body: bytes = b""

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object in it; empty for anything else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Fetching:
    """Each request has a client of its own: no cookie and no credential is left over from another."""

    clients: HttpClients

    async def get(self, url: str, **headers: str) -> Answer:
        """A document. Raises UnusableServerError for a forbidden address, and NotAnsweringError."""
        return await self.send(_request("GET", url, headers))

    async def post_form(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """A form, as token endpoints take it. Raises as `get` does."""
        return await self.send(_request("POST", url, headers, data=dict(form)))

    async def post_json(self, url: str, document: Mapping[str, Any]) -> Answer:
        """A JSON object. Raises as `get` does."""
        return await self.send(_request("POST", url, {}, json=dict(document)))

    async def send(self, request: httpx2.Request, *, reads_body: bool = True) -> Answer:
        """One request; whatever the status, it is an answer. Raises as `get` does."""
        host = request.url.host
        try:
            self.clients.check(str(request.url))
            with anyio.fail_after(SECONDS):
                async with self.clients.make(timeout=httpx2.Timeout(SECONDS)) as client:
                    answer = await client.send(request, stream=True)
                    try:
                        return Answer(answer.status_code, answer.headers, await _body(answer) if reads_body else b"")
                    finally:
                        await answer.aclose()
        except RefusedAddressError as refused:
            raise UnusableServerError(str(refused)) from refused
        except httpx2.StreamError as cause:
            raise UnusableServerError(f"{host} packs its answer, or says too much.") from cause
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError) as cause:
            if refusal := _refusal(cause):
                raise UnusableServerError(str(refusal)) from cause
            raise NotAnsweringError(f"{host} does not answer now.") from cause


def _request(method: str, url: str, headers: Mapping[str, str], **content: Any) -> httpx2.Request:
    """Raises UnusableServerError for what is no address, whoever wrote it."""
    try:
        return httpx2.Request(method, url, headers={"Accept": JSON, **headers}, **content)
    except (httpx2.InvalidURL, ValueError) as cause:
        raise UnusableServerError("The server names an address that is none.") from cause


async def _body(answer: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise UnusableServerError(f"{answer.request.url.host} answers with more than {MOST_BYTES:,} bytes.")
    return bytes(body)


def _refusal(cause: BaseException | None) -> RefusedAddressError | None:
    """What the connection itself was refused with, under the library's own errors."""
    seen: list[BaseException] = []
    while cause is not None and cause not in seen:
        if isinstance(cause, RefusedAddressError):
            return cause
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    return None
