"""The authorization server's public keys, kept and renewed (RFC 7517; RFC 9068 §4)."""

from datetime import datetime, timedelta

import anyio
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from resource_server.authorization.auth_client import AuthClient
from resource_server.authorization.errors import UnavailableError
from shared.clock import now

MAX_AGE = timedelta(minutes=5)
PAUSE = timedelta(seconds=10)
"""The keys are asked for at most this often, however many unknown `kid`s strangers make up."""


class SigningKeys:
    """P-256 keys by `kid`."""

    def __init__(self, client: AuthClient) -> None:
        self._client = client
        self._keys: dict[str, ECKey] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching = anyio.Lock()

    async def find(self, kid: str) -> ECKey | None:
        """The key, or None when the authorization server publishes none of that name. Raises UnavailableError.

        A key once fetched stays good while the authorization server is silent; the change feed's grace ends that.
        """
        if kid not in self._keys or _is_older(self._fetched_at, MAX_AGE):
            await self._renew()
        if kid not in self._keys and self._fetched_at != self._tried_at:
            raise UnavailableError("the authorization server's keys cannot be fetched")
        return self._keys.get(kid)

    async def _renew(self) -> None:
        async with self._fetching:
            if not _is_older(self._tried_at, PAUSE):
                return
            self._tried_at = now()
            try:
                self._keys = _usable(await self._client.keys())
            except UnavailableError:
                return
            self._fetched_at = self._tried_at


def _usable(document: dict[str, object]) -> dict[str, ECKey]:
    try:
        keys = KeySet.import_key_set(document).keys  # type: ignore[arg-type]  # what is no key set raises
    except (JoseError, KeyError, TypeError, ValueError) as cause:
        raise UnavailableError("the authorization server's key set was not understood") from cause
    return {key.kid: key for key in keys if isinstance(key, ECKey) and key.kid and key.curve_name == "P-256"}


def _is_older(instant: datetime | None, age: timedelta) -> bool:
    return instant is None or abs(now() - instant) > age
