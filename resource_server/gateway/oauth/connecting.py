"""Connecting a server to a person: what it means, the way there, the way back, and the end of it.

For pages: `look` tells what would happen and changes nothing; `begin` is for a person who pressed Connect (AS-32), and
gives the address to send the browser to; `finish` takes what came back with it; `disconnect` ends it.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import anyio

from resource_server.gateway.credentials import Credentials
from resource_server.gateway.oauth.access import AUTHORIZATION
from resource_server.gateway.oauth.attempts import Attempt, AttemptStore
from resource_server.gateway.oauth.authorization_request import authorization_request
from resource_server.gateway.oauth.client_identity import Client
from resource_server.gateway.oauth.clients import ClientStore
from resource_server.gateway.oauth.discovery import Prospect, discover, knock, with_offline
from resource_server.gateway.oauth.errors import (
    AttemptRefusedError,
    DeniedError,
    NotProtectedError,
    TokenRefusedError,
    UnusableServerError,
)
from resource_server.gateway.oauth.fetching import Fetching
from resource_server.gateway.oauth.identification import Identification
from resource_server.gateway.oauth.revocation import revoke
from resource_server.gateway.oauth.token_request import expected_tokens, redeem
from resource_server.gateway.oauth.tokens import TokenStore
from resource_server.gateway.upstream import Transport, Upstream
from shared.sealing import SealBrokenError


@dataclass(frozen=True)
class Connecting:
    """`origin` is this installation's, where people have their pages and authorization servers send them back."""

    origin: str
    credentials: Credentials
    fetching: Fetching

    @property
    def tokens(self) -> TokenStore:
        """People's."""
        return self.credentials.tokens

    @property
    def clients(self) -> ClientStore:
        """What this installation is to authorization servers."""
        return ClientStore(self.credentials.engine, self.credentials.key)

    @property
    def attempts(self) -> AttemptStore:
        """People on the way."""
        return AttemptStore(self.credentials.engine, self.credentials.key)

    @property
    def _identification(self) -> Identification:
        return Identification(self.origin, self.clients, self.attempts, self.fetching)

    async def look(self, upstream: Upstream, user_id: str) -> Prospect:
        """Where the person would be sent, and for which scopes. Raises OAuthProblemError."""
        if upstream.transport is Transport.STDIO:
            raise UnusableServerError(f"{upstream.name} is a program on this computer; nobody signs in to it.")
        headers = await anyio.to_thread.run_sync(self.credentials.sent_to, upstream)
        is_refused, challenge = await knock(self.fetching, upstream, headers)
        entered = await anyio.to_thread.run_sync(self.clients.entered, upstream.id)
        if entered is None and not upstream.uses_oauth:
            _check_may_be_connected(upstream, headers, is_refused=is_refused)
        if challenge is None:
            challenge = await anyio.to_thread.run_sync(self.credentials.challenge_of, upstream)
        found = await discover(self.fetching, upstream, challenge, entered.issuer if entered else "")
        held = await anyio.to_thread.run_sync(self.tokens.of, upstream.id, user_id)
        before = held.tokens.scope.split() + held.wanted_scope.split() if held is not None and held.wanted_scope else []
        return replace(found, scopes=with_offline((*before, *found.scopes), found.server))

    async def begin(self, upstream: Upstream, user_id: str, session_id: str, issuer: str) -> str:
        """The address to send the browser to. `issuer` is the one that the person was shown.

        Raises OAuthProblemError.
        """
        prospect = await self.look(upstream, user_id)
        if prospect.server.issuer != issuer:
            raise UnusableServerError(f"{upstream.name} names another authorization server now. Look at it again.")
        await anyio.to_thread.run_sync(self.attempts.check_pace, user_id)
        known_as = await self._identification.at(prospect, upstream, user_id)
        client, way_back, server = known_as.client, known_as.way_back, prospect.server
        request = authorization_request(prospect, client.id, way_back, prospect.scopes)
        endpoints = server.token_endpoint, server.revocation_endpoint
        expected = expected_tokens(client, server.issuer, endpoints, prospect.resource, " ".join(prospect.scopes))
        attempt = Attempt(upstream.id, user_id, expected, request.verifier, way_back, server.says_issuer)
        await anyio.to_thread.run_sync(self.attempts.begin, attempt, request.state, session_id)
        return request.url

    async def finish(self, user_id: str, session_id: str, came_to: str, came: Mapping[str, str]) -> str:
        """The id of the server that is connected now; `came` are the parameters of the way back, to the path `came_to`.

        Raises OAuthProblemError: AttemptRefusedError and DeniedError among them.
        """
        attempt = await anyio.to_thread.run_sync(self.attempts.spend, came.get("state", ""), session_id, user_id)
        _check_sender(attempt, came_to, came)
        if "error" in came or not came.get("code"):
            raise DeniedError("It was not allowed there, so nothing is connected.")
        try:
            tokens = await redeem(self.fetching, attempt.expected, came["code"], attempt.verifier, attempt.redirect_uri)
        except TokenRefusedError as refused:
            if refused.code == "invalid_client":
                await self._forget_client(attempt.server_id, attempt.expected.issuer, attempt.expected.client)
            raise
        is_kept = await anyio.to_thread.run_sync(self.credentials.connect, attempt.server_id, user_id, tokens)
        if not is_kept:
            await revoke(self.fetching, tokens)
            raise AttemptRefusedError("The server is not there any more.")
        return attempt.server_id

    async def disconnect(self, upstream: Upstream, user_id: str) -> None:
        """The person's tokens are gone, here at once, and there as soon as their issuer was told."""
        await anyio.to_thread.run_sync(self.tokens.forget, upstream.id, user_id)

    async def give_back(self) -> None:
        """Tokens that were forgotten here: each is tried once."""
        while True:
            with suppress(SealBrokenError):
                tokens = await anyio.to_thread.run_sync(self.tokens.take_forgotten)
                if tokens is None:
                    return
                await revoke(self.fetching, tokens)

    async def _forget_client(self, server_id: str, issuer: str, client: Client) -> None:
        await anyio.to_thread.run_sync(self.clients.forget, server_id, issuer, client.id)


def _check_may_be_connected(upstream: Upstream, headers: Mapping[str, str], *, is_refused: bool) -> None:
    """Once one person connects a server, everybody has to: where it takes what it gets now, nobody decides that.

    Who enters a client for it by hand, has decided it. Raises NotProtectedError.
    """
    if upstream.asks or any(name.lower() == AUTHORIZATION for name in headers):
        raise NotProtectedError(f"{upstream.name} gets another credential here, so there is nothing to connect.")
    if not is_refused:
        raise NotProtectedError(f"{upstream.name} refuses nobody who has no token, so there is nothing to connect.")


def _check_sender(attempt: Attempt, came_to: str, came: Mapping[str, str]) -> None:
    """RFC 9207 §2.4: compared byte for byte; missing where the server says that it is always there is wrong, too.

    RFC 9700 §4.4.2.2: what came back on another server's way is not an answer to this.
    """
    issuer = came.get("iss")
    if urlsplit(attempt.redirect_uri).path != came_to:
        raise AttemptRefusedError("The answer came back on the way of another server.")
    if issuer != attempt.expected.issuer and (issuer is not None or attempt.says_issuer):
        raise AttemptRefusedError("The answer comes from another authorization server than the one asked.")
