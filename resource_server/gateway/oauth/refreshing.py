"""RFC 6749 §6: new tokens, by one at a time, in whichever process: a refresh token that is rotated is good once."""

from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import anyio

from resource_server.gateway.oauth.clients import ClientStore
from resource_server.gateway.oauth.errors import NotAnsweringError, TokenRefusedError, UnusableServerError
from resource_server.gateway.oauth.fetching import Fetching
from resource_server.gateway.oauth.revocation import revoke
from resource_server.gateway.oauth.token_request import refresh
from resource_server.gateway.oauth.tokens import Held, TokenStore

PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 35.0


@dataclass
class Refreshing:
    """Of everybody's tokens. Within a process people wait in line, between processes the row is claimed."""

    tokens: TokenStore
    clients: ClientStore
    fetching: Fetching
    _turns: "WeakValueDictionary[tuple[str, str], anyio.Lock]" = field(default_factory=WeakValueDictionary)

    async def instead_of(self, access_token: str, server_id: str, user_id: str) -> Held | None:
        """Tokens with another access token than this one; None where the person has to connect again.

        Raises NotAnsweringError where the authorization server cannot be asked now.
        """
        turn = self._turns.setdefault((server_id, user_id), anyio.Lock())
        with anyio.move_on_after(PATIENCE_SECONDS):
            async with turn:
                while True:
                    held = await anyio.to_thread.run_sync(self.tokens.of, server_id, user_id)
                    if held is None or held.is_refused:
                        return None
                    if held.tokens.access_token != access_token:
                        return held
                    if not held.tokens.refresh_token:
                        await anyio.to_thread.run_sync(self.tokens.refuse, server_id, user_id, held.rotation)
                        return None
                    with anyio.CancelScope(shield=True):  # who gives up now would take the next token along
                        if await anyio.to_thread.run_sync(self.tokens.claim, server_id, user_id, held.rotation):
                            await self._refresh(held, server_id, user_id)
                            continue
                    await anyio.sleep(PAUSE_SECONDS)
        raise NotAnsweringError("The tokens are being renewed, and that takes too long.")

    async def _refresh(self, held: Held, server_id: str, user_id: str) -> None:
        """What it comes to is in the table. Raises NotAnsweringError."""
        try:
            renewed = await refresh(self.fetching, held.tokens)
        except TokenRefusedError as refused:
            if refused.code == "invalid_client":
                await anyio.to_thread.run_sync(
                    self.clients.forget, server_id, held.tokens.issuer, held.tokens.client.id
                )
            await anyio.to_thread.run_sync(self.tokens.refuse, server_id, user_id, held.rotation)
            return
        except (NotAnsweringError, UnusableServerError) as problem:
            await anyio.to_thread.run_sync(self.tokens.release, server_id, user_id, held.rotation)
            raise NotAnsweringError(str(problem)) from problem
        if not await anyio.to_thread.run_sync(self.tokens.rotate, server_id, user_id, held.rotation, renewed):
            await revoke(self.fetching, renewed)  # the person disconnected, or connected anew, meanwhile
