"""API keys: opaque, so the authorization server is asked about each (RFC 7662), at most once a minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import anyio

from resource_server.authorization.auth_client import AuthClient
from resource_server.authorization.errors import InvalidTokenError, UnavailableError
from resource_server.authorization.grants import Grants
from resource_server.recent import Recent
from shared.authorization_details import InvalidDetailsError, MemoryAccess, memory_access, parse_details
from shared.clock import epoch, now
from shared.credential_forms import Credential
from shared.refusals import Reason
from shared.scopes import Scope, parse_scope

REMEMBERED = 10_000
GUESSES = 1_000
"""Keys that were none are remembered apart, so that strangers who guess push out nobody's good one."""

GOOD_FOR = timedelta(seconds=60)
BAD_FOR = timedelta(seconds=5)
"""Also how long somebody for whom a key acts may still be acted for after their account was closed."""

ATTEMPTS = 3
REFUSED = "This API key is unknown, expired or revoked. Make another one, and send it as it was shown."


@dataclass(frozen=True)
class PresentedKey:
    """What a live key may do now. `owner_id` is whose it is, `user_id` whose memories it opens.

    `decided_at` is the second at which somebody decided so.
    """

    key_id: str
    revision: int
    user_id: str
    owner_id: str
    name: str
    scopes: frozenset[Scope]
    access: MemoryAccess
    decided_at: int
    expires_at: int | None

    @property
    def is_acting(self) -> bool:
        """Whether it speaks for somebody else than its owner (RFC 8693 §4.1)."""
        return self.user_id != self.owner_id


@dataclass(frozen=True)
class _Answer:
    """What was answered, None for a key that is none; believed until `good_until` unless the feed outdates it."""

    key: PresentedKey | None
    good_until: datetime
    generation: int


class ApiKeys:
    """The keys that were seen here, by their digests."""

    def __init__(self, client: AuthClient, grants: Grants) -> None:
        self._client = client
        self._grants = grants
        self._good: Recent[tuple[str, str], _Answer] = Recent(REMEMBERED)
        self._bad: Recent[tuple[str, str], _Answer] = Recent(GUESSES)
        self._asking: dict[tuple[str, str], anyio.Event] = {}

    def knows(self, secret: Credential) -> bool:
        """Whether the key was good when it was last seen here."""
        return self._good.get((secret.digest, "")) is not None

    async def current(self, secret: Credential, on_behalf_of: str = "") -> PresentedKey:
        """What the key allows now. Raises InvalidTokenError or UnavailableError.

        Whether it may act for `on_behalf_of` is in the answer: it speaks for its owner where it may not.
        """
        name = (secret.digest, on_behalf_of)
        for _ in range(ATTEMPTS):
            if (known := self._known(name)) is not None:
                return _live(known.key)
            if (asking := self._asking.get(name)) is not None:
                await asking.wait()
                continue
            if (answer := await self._ask(name, secret.text)) is not None:
                return _live(answer.key)
        raise UnavailableError("the key could not be read at its newest revision")

    def _known(self, name: tuple[str, str]) -> _Answer | None:
        answer = self._good.get(name) or self._bad.get(name)
        if answer is None or now() >= answer.good_until or answer.generation != self._grants.generation:
            return None
        if answer.key is not None and self._grants.is_outdated(answer.key.key_id, answer.key.revision):
            return None
        return answer

    async def _ask(self, name: tuple[str, str], secret: str) -> _Answer | None:
        """None for an answer that news overtook on its way."""
        done = self._asking[name] = anyio.Event()
        generation = self._grants.generation
        try:
            key = _read(await self._client.introspect(secret, name[1]))
        finally:
            del self._asking[name]
            done.set()
        if generation != self._grants.generation or (key and self._grants.is_outdated(key.key_id, key.revision)):
            return None
        lasting = GOOD_FOR if key is not None and not name[1] else BAD_FOR
        answer = _Answer(key, now() + lasting, generation)
        self._good.pop(name)
        (self._bad if key is None else self._good).put(name, answer)
        return answer


def _live(key: PresentedKey | None) -> PresentedKey:
    if key is None or (key.expires_at is not None and key.expires_at <= epoch(now())):
        raise InvalidTokenError(Reason.KEY_REFUSED, REFUSED)
    return key


def _read(answer: dict[str, Any]) -> PresentedKey | None:
    if answer.get("active") is not True:
        return None
    try:
        acting = answer.get("act") or answer
        return PresentedKey(
            key_id=_text(answer, "grant_id"),
            revision=int(answer["grant_rev"]),
            user_id=_text(answer, "sub"),
            owner_id=_text(acting, "sub"),
            name=str(answer.get("client_name", "")),
            scopes=frozenset(parse_scope(answer["scope"])),
            access=memory_access(parse_details(answer["authorization_details"])),
            decided_at=int(answer["decided_at"]),
            expires_at=int(answer["exp"]) if "exp" in answer else None,
        )
    except (KeyError, TypeError, ValueError, InvalidDetailsError) as cause:
        raise UnavailableError("the introspection answer was not understood") from cause


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value
