"""The authorization server as seen from here: its keys, introspection (RFC 7662) and the change feed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx2

from resource_server.authorization.errors import UnavailableError
from shared.activity import Count

TIMEOUT = 5.0
KEPT_OPEN = 2.0
"""Seconds a connection waits for its next question: servers close idle ones after five, and losing that race hurts."""


@dataclass(frozen=True)
class GrantChange:
    """The grant is at `revision` now; `is_revoked` says it has ended."""

    grant_id: str
    revision: int
    is_revoked: bool


@dataclass(frozen=True)
class Erasure:
    """An account is gone, and what is stored for it must go, too."""

    id: str
    user_id: str


@dataclass(frozen=True)
class Changes:
    """What happened up to `sequence`, and what is still to be erased."""

    sequence: int
    changes: tuple[GrantChange, ...]
    erasures: tuple[Erasure, ...] = ()


@dataclass(frozen=True)
class ToldAct:
    """What an administrator did to a server, for the audit log; its event is called `id` there.

    `person` is for whom, where it is not for everybody.
    """

    id: str
    act: str
    server: str
    server_id: str
    transport: str
    by: str
    client_id: str
    person: str
    happened: str


class AuthClient:
    """Questions, and one piece of news; anything but a good answer is UnavailableError."""

    def __init__(self, url: str, credential_file: Path) -> None:
        self._url = url
        self._credential_file = credential_file
        self._credential: str | None = None
        # No proxy from the environment may carry the credential, or stand between the two servers. Certificates take
        # a tenth of a second to load, and plain http on loopback or between containers has no use for them.
        self._http = httpx2.AsyncClient(
            timeout=TIMEOUT,
            limits=httpx2.Limits(keepalive_expiry=KEPT_OPEN),
            trust_env=False,
            verify=url.startswith("https://"),
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def keys(self) -> dict[str, Any]:
        """The JWK Set (RFC 7517 §5)."""
        return _document(await self._send(self._http.build_request("GET", self._url + "/.well-known/jwks.json")))

    async def metadata(self) -> dict[str, Any]:
        """The authorization server's own metadata (RFC 8414 §3)."""
        url = self._url + "/.well-known/oauth-authorization-server"
        return _document(await self._send(self._http.build_request("GET", url)))

    async def introspect(self, token: str, on_behalf_of: str = "") -> dict[str, Any]:
        """RFC 7662 §2.2: `active`, and for an active token what its grant allows now.

        `on_behalf_of` is the person for whom a key wants to act; the answer has `act` if it may (RFC 8693 §4.1).
        """
        form = {"token": token} | ({"on_behalf_of": on_behalf_of} if on_behalf_of else {})
        return await self._ask(self._http.build_request("POST", self._url + "/introspect", data=form))

    async def as_client(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """What an OAuth endpoint answers to a client: the status, and the document, an error's too (RFC 6749 §5)."""
        answer = await self._send(self._http.build_request("POST", self._url + path, data=form))
        if answer.status_code >= 500:
            raise UnavailableError(f"the authorization server answered {answer.status_code}")
        try:
            document = json.loads(answer.content or b"{}")
        except ValueError as cause:
            raise UnavailableError("the authorization server's answer is not JSON") from cause
        return answer.status_code, document if isinstance(document, dict) else {}

    async def changes(self, after: int | None, wait: int) -> Changes:
        """Grants changed since `after`, waiting at most `wait` seconds for one; without `after` the newest number."""
        params = {} if after is None else {"after": str(after), "wait": str(wait)}
        url = self._url + "/internal/changes"
        answer = await self._ask(self._http.build_request("GET", url, params=params, timeout=wait + TIMEOUT))
        try:
            erasures = tuple(Erasure(str(line["id"]), str(line["user_id"])) for line in answer.get("erasures", ()))
            return Changes(int(answer["sequence"]), tuple(_change(line) for line in answer["changes"]), erasures)
        except (KeyError, TypeError, ValueError) as cause:
            raise UnavailableError("the change feed was not understood") from cause

    async def acknowledge(self, erasure_id: str, facts: dict[str, str | int]) -> None:
        """Says what was destroyed. An authorization server that knows nothing of the erasure asks no more for it."""
        url = f"{self._url}/internal/erasures/{erasure_id}"
        answer = await self._ask_raw(self._http.build_request("POST", url, json=facts))
        if answer.status_code not in (httpx2.codes.NO_CONTENT, httpx2.codes.NOT_FOUND):
            raise UnavailableError(f"the authorization server answered {answer.status_code}")

    async def tell_activity(self, counts: Iterable[Count]) -> None:
        """Adds to what the authorization server knows of this server's activity."""
        told = [
            {
                "hour": count.hour.isoformat(),
                "kind": count.kind.value,
                "reason": count.reason or None,
                "count": count.count,
                "milliseconds": count.milliseconds,
            }
            for count in counts
        ]
        url = f"{self._url}/internal/activity"
        answer = await self._ask_raw(self._http.build_request("POST", url, json={"counts": told}))
        if answer.status_code != httpx2.codes.NO_CONTENT:
            raise UnavailableError(f"the authorization server answered {answer.status_code}")

    async def tell_acts(self, acts: Iterable[ToldAct]) -> None:
        """Has the audit log say what was done; what it says already it does not say again."""
        told = {"acts": [asdict(one) for one in acts]}
        answer = await self._ask_raw(self._http.build_request("POST", f"{self._url}/internal/server-acts", json=told))
        if answer.status_code != httpx2.codes.NO_CONTENT:
            raise UnavailableError(f"the authorization server answered {answer.status_code}")

    async def people(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Name and email by the id, without those whom nobody knows."""
        answer = await self._ask(self._http.build_request("POST", f"{self._url}/internal/people", json={"ids": ids}))
        try:
            return {user_id: (str(one["name"]), str(one["email"])) for user_id, one in answer["people"].items()}
        except (KeyError, TypeError, AttributeError) as cause:
            raise UnavailableError("the names of people were not understood") from cause

    async def _ask(self, question: httpx2.Request) -> dict[str, Any]:
        return _document(await self._ask_raw(question))

    async def _ask_raw(self, question: httpx2.Request) -> httpx2.Response:
        """With the credential, which is read again once when it is refused: it may have been replaced."""
        question.headers["Authorization"] = await self._authorization()
        answer = await self._send(question)
        if answer.status_code == httpx2.codes.UNAUTHORIZED:
            self._credential = None
            question.headers["Authorization"] = await self._authorization()
            answer = await self._send(question)
        return answer

    async def _authorization(self) -> str:
        if self._credential is None:
            try:
                self._credential = (await anyio.Path(self._credential_file).read_text()).strip()
            except OSError as cause:
                raise UnavailableError(f"no credential yet at {self._credential_file}") from cause
        return f"Bearer {self._credential}"

    async def _send(self, question: httpx2.Request) -> httpx2.Response:
        try:
            return await self._http.send(question)
        except (httpx2.HTTPError, httpx2.InvalidURL) as cause:
            raise UnavailableError(
                f"the authorization server does not answer at {self._url}; "
                "OSTIARY_RESOURCE_AUTH_INTERNAL_URL names another address"
            ) from cause


def _document(answer: httpx2.Response) -> dict[str, Any]:
    if answer.status_code != httpx2.codes.OK:
        raise UnavailableError(f"the authorization server answered {answer.status_code}")
    try:
        document = json.loads(answer.content)
    except ValueError as cause:
        raise UnavailableError("the authorization server's answer is not JSON") from cause
    if not isinstance(document, dict):
        raise UnavailableError("the authorization server's answer is not an object")
    return document


def _change(line: dict[str, Any]) -> GrantChange:
    return GrantChange(str(line["grant_id"]), int(line["revision"]), line["state"] == "revoked")
