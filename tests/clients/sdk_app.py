"""An app as its author writes it with the MCP Python SDK: `OAuthClientProvider` does everything but ask the person."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from tests.chromium_person import Choice, ChromiumPerson
from tests.loopback import LOOPBACK
from tests.loopback_callback import LoopbackCallback


class PersonIsAwayError(Exception):
    """The app sent the person to the consent page, and nobody is there to press the button."""


class SdkApp:
    """One installed app: its tokens, its registration, and the person it asks.

    `tokens` is the SDK's storage; `offers` holds what each consent page had ticked when it opened.
    """

    def __init__(self, mcp_url: str, name: str, person: ChromiumPerson | None, callback: LoopbackCallback) -> None:
        self.mcp_url = mcp_url
        self.person = person
        self.choice = Choice()
        self.offers: list[dict[str, list[str]]] = []
        self.tokens = InMemoryTokens()
        self._callback = callback
        self.provider = OAuthClientProvider(
            mcp_url,
            OAuthClientMetadata(
                client_name=name,
                redirect_uris=[AnyUrl(callback.redirect_uri)],
                grant_types=["authorization_code", "refresh_token"],
                token_endpoint_auth_method="none",
            ),
            self.tokens,
            self._ask,
            self._answer,
        )

    @asynccontextmanager
    async def connected(self, mode: str) -> AsyncIterator[Client]:
        """The SDK's client, `mode` as it names protocol eras; connects as the first request asks for it."""
        timeout = httpx2.Timeout(30, read=60)
        async with (
            httpx2.AsyncClient(auth=self.provider, timeout=timeout, **LOOPBACK) as http,
            Client(streamable_http_client(self.mcp_url, http_client=http), mode=mode) as client,
        ):
            yield client

    @property
    def access_token(self) -> str:
        """The access token the app holds now."""
        assert self.tokens.current is not None
        return self.tokens.current.access_token

    @property
    def scopes(self) -> set[str]:
        """What the token answer said the app may do."""
        assert self.tokens.current is not None
        return set((self.tokens.current.scope or "").split())

    def let_token_expire(self) -> None:
        """Ten minutes pass, as far as the app can tell."""
        self.provider.context.token_expiry_time = time.time() - 1

    async def _ask(self, authorization_url: str) -> None:
        if self.person is None:
            raise PersonIsAwayError
        self.offers.append(await asyncio.to_thread(self.person.connect, authorization_url, self.choice))

    async def _answer(self) -> AuthorizationCodeResult:
        answer = await asyncio.to_thread(self._callback.take)
        return AuthorizationCodeResult(code=answer["code"], state=answer["state"], iss=answer["iss"])


class InMemoryTokens:
    """The SDK's TokenStorage; `history` keeps every token answer."""

    def __init__(self) -> None:
        self.history: list[OAuthToken] = []
        self.client: OAuthClientInformationFull | None = None

    @property
    def current(self) -> OAuthToken | None:
        """The newest token answer."""
        return self.history[-1] if self.history else None

    async def get_tokens(self) -> OAuthToken | None:
        """Asked once, when the app starts."""
        return self.current

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Called after every exchange and refresh."""
        self.history.append(tokens)

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """Asked once, when the app starts."""
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Called after registration."""
        self.client = client_info


def texts(answer: Any) -> list[str]:
    """The texts of the memories in a tool's answer, in its order."""
    assert not answer.is_error, answer.content
    found = answer.structured_content
    return [memory["text"] for memory in found.get("memories") or found.get("results") or []]
