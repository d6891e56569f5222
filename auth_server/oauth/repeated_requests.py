"""A service asks for its next token with the same bytes: what was decided stands while nobody has committed anything.

A program in its own name asks every few minutes, and many copies of it ask at once. Reading the same rows anew for each
of them is what their tokens would cost most.
"""

from dataclasses import dataclass

from joserfc.jwk import ECKey
from starlette.responses import JSONResponse

from auth_server.models import Client, Grant
from auth_server.oauth.jwt_access_tokens import sign_access_token
from auth_server.oauth.requests import WireRequest
from auth_server.oauth.token_response import is_noted, response_body
from auth_server.settings import Settings
from shared.database_version import DatabaseVersion
from shared.scopes import Scope
from shared.secrets import digest

REMEMBERED = 10_000
NEVER_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(frozen=True)
class Decision:
    """What the rows said: the grant, what of it the request asked for, and the key that signs."""

    grant: Grant
    scopes: tuple[Scope, ...]
    key: ECKey

    def stands(self) -> bool:
        """Whether nothing has to be written, and nothing that time alone changes has changed."""
        return self.grant.is_live() and is_noted(self.grant)


class RepeatedRequests:
    """Decisions by the digest of the request that led to them; lives on the event loop."""

    def __init__(self, settings: Settings, version: DatabaseVersion) -> None:
        self._settings = settings
        self._version = version
        self._decisions: dict[str, Decision] = {}
        self._true_at: int | None = None

    def version(self) -> int | None:
        """What to give to `remember`; ask before anything is read."""
        return self._version.now()

    def answer(self, request: WireRequest) -> JSONResponse | None:
        """Another token for the same request, or None when it has to be looked at (again)."""
        if not self._decisions or self._version.now() != self._true_at:
            return None
        found = self._decisions.get(_name(request))
        if found is None or not found.stands():
            return None
        token = sign_access_token(self._settings, found.key, found.grant, found.scopes)
        return JSONResponse(response_body(token, found.grant, found.scopes), 200, NEVER_STORED)

    def remember(self, version: int | None, request: WireRequest, decision: Decision, client: Client) -> None:
        """The decision of a request that was read when the database was at `version`.

        Not while a replaced secret still works for a time: its end is no commit.
        """
        if version is None or client.previous_secret_digest is not None:
            return
        if version != self._true_at or len(self._decisions) >= REMEMBERED:
            self._decisions, self._true_at = {}, version
        self._decisions[_name(request)] = decision


def _name(request: WireRequest) -> str:
    return digest(f"{request.headers.get('authorization', '')}\n{request.body_bytes.hex()}")
