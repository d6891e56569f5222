"""Confirmation tokens: what the person was shown is what is done, by the same app and tool, within ten minutes."""

from hashlib import sha256

from itsdangerous import BadData, URLSafeTimedSerializer

from resource_server.context.caller import Caller
from resource_server.context.reach import Reach
from resource_server.memory.bulk_writes import BulkWrites
from resource_server.memory.store import MemoryStores

LIFETIME_SECONDS = 600


class MyConfirmations:
    """Signs and checks with a key of the caller's own vault: a token of another person is no token here."""

    def __init__(self, stores: MemoryStores, caller: Caller, tool: str) -> None:
        self._vault = BulkWrites(stores.vault_of(caller.user_id))
        self._signed = Reach(caller, tool).signed
        self._salt = f"{tool} of {caller.user_id} by {caller.client_id} under {caller.grant_id}"

    def token(self, subject: str) -> str:
        """For exactly this subject: what is to be done, to the last detail."""
        return str(self._signer().dumps(_digest(subject)))

    def holds(self, token: str | None, subject: str) -> bool:
        """Whether the token was given for this subject, to this caller and tool, and not too long ago."""
        if token is None:
            return False
        try:
            return bool(self._signer().loads(token, max_age=LIFETIME_SECONDS) == _digest(subject))
        except BadData:
            return False

    def _signer(self) -> URLSafeTimedSerializer:
        key = self._vault.confirmation_key(self._signed)
        return URLSafeTimedSerializer(
            key, self._salt, signer_kwargs={"key_derivation": "hmac", "digest_method": sha256}
        )


def _digest(subject: str) -> str:
    return sha256(subject.encode()).hexdigest()
