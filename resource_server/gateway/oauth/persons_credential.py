"""RFC 6750 §2.1: each request of a person's conversation carries what is theirs now, and is sent again once renewed."""

from collections.abc import AsyncGenerator, Mapping

import httpx2

from resource_server.gateway.oauth.access import Access
from resource_server.gateway.oauth.errors import NotAnsweringError
from resource_server.gateway.oauth.noting import note_problem
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.wanted import CredentialWantedError
from shared.urls import origin_of

REFUSALS = (401, 403)


class PersonsCredential(httpx2.Auth):
    """For one person's requests to one server, and its origin alone. What is in the way is noted."""

    def __init__(self, access: Access, upstream: Upstream, user_id: str) -> None:
        self._access = access
        self._upstream = upstream
        self._user_id = user_id
        self._origin = origin_of(upstream.url)

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """The library's flow: what is yielded is sent, and its answer comes back."""
        if origin_of(str(request.url)) != self._origin:
            yield request
            return
        sent = await self._put(request)
        response = yield request
        if sent is not None and await self._is_worth_another(sent, response):
            sent = await self._put(request)
            response = yield request
            if sent is not None:
                await self._is_worth_another(sent, response, is_repeated=True)

    async def _put(self, request: httpx2.Request) -> Mapping[str, str] | None:
        """Without what is wanted the request goes as it is, and the server refuses it."""
        request.headers.pop("Authorization", None)
        try:
            headers = await self._access.headers_for(self._upstream, self._user_id)
        except (CredentialWantedError, NotAnsweringError) as problem:
            note_problem(problem)
            return None
        request.headers.update(headers)
        return headers

    async def _is_worth_another(
        self, sent: Mapping[str, str], response: httpx2.Response, *, is_repeated: bool = False
    ) -> bool:
        if response.status_code not in REFUSALS:
            return False
        challenge = ", ".join(response.headers.get_list("www-authenticate"))
        try:
            return await self._access.refused(
                self._upstream, self._user_id, sent, response.status_code, challenge, is_repeated=is_repeated
            )
        except (CredentialWantedError, NotAnsweringError) as problem:
            note_problem(problem)
            return False
