"""An authorization server that answers late, breaks and rotates as a test tells it; the real one does none of it."""

import secrets
import threading
import time
from base64 import urlsafe_b64decode
from json import loads
from pathlib import Path
from typing import Any

import anyio
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CREDENTIAL = "rs_" + "c" * 43
DETAILS = [{"type": "memory", "actions": ["read", "write"], "namespaces": ["personal"]}]


class ScriptedAuthorizationServer:
    """JWKS, introspection and the change feed; every field may be changed while it runs."""

    def __init__(self, issuer: str, mcp_url: str, credential_file: Path) -> None:
        self.issuer, self.mcp_url = issuer, mcp_url
        self.credential = CREDENTIAL
        credential_file.write_text(CREDENTIAL)
        self.keys = [_new_key()]
        self.grants: dict[str, dict[str, Any]] = {}
        self.changes: list[dict[str, Any]] = []
        self.requests = {"keys": 0, "introspect": 0, "changes": 0}
        self.broken: set[str] = set()
        self.answers_now = threading.Event()
        self.answers_now.set()
        self.app = Starlette(
            routes=[
                Route("/.well-known/jwks.json", self._keys),
                Route("/introspect", self._introspect, methods=["POST"]),
                Route("/internal/changes", self._changes),
            ]
        )

    def token(self, grant_id: str = "", scope: str = "memory:read memory:write", **claims: Any) -> str:
        """A token of a grant, which is made unless it exists."""
        grant_id = grant_id or f"grt_{secrets.token_hex(8)}"
        self.grants.setdefault(grant_id, {"active": True, "scope": scope, "grant_rev": 1, "decided_at": 0})
        issued_at = int(time.time())
        complete = {
            "iss": self.issuer, "aud": self.mcp_url, "sub": f"usr_{'0' * 26}", "client_id": "cli_x", "scope": scope,
            "iat": issued_at, "exp": issued_at + 600, "jti": secrets.token_hex(8), "grant_id": grant_id, "grant_rev": 1,
        }  # fmt: skip
        key = self.keys[-1]
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": key.kid}, complete | claims, key)

    def key(self, key_id: str) -> str:
        """An API key, which is made unless it exists."""
        scope, user_id = "memory:read memory:write", f"usr_{'0' * 26}"
        known = {"active": True, "scope": scope, "grant_rev": 1, "decided_at": 0, "sub": user_id}
        self.grants.setdefault(key_id, known)
        return f"opaque-{key_id}"

    def rotate_key(self) -> None:
        """From now on a new key signs; the old one is not published any more."""
        self.keys = [_new_key()]

    def announce(self, grant_id: str, state: str, **now: Any) -> None:
        """Changes a grant and tells the feed."""
        grant = self.grants[grant_id]
        grant.update(now, grant_rev=grant["grant_rev"] + 1, active=state != "revoked")
        self.changes.append({"grant_id": grant_id, "revision": grant["grant_rev"], "state": state})

    def _keys(self, _request: Request) -> Response:
        return self._answered("keys") or JSONResponse(KeySet(list(self.keys)).as_dict(private=False))

    async def _introspect(self, request: Request) -> Response:
        grant_id = _grant_of(str((await request.form())["token"]))
        # What is answered is what was true when the question came, however late the answer leaves.
        answer = dict(self.grants.get(grant_id, {}), grant_id=grant_id, authorization_details=DETAILS)
        refusal = self._answered("introspect", request)
        await _until(self.answers_now)
        return refusal or JSONResponse(answer)

    async def _changes(self, request: Request) -> Response:
        after, deadline = (
            request.query_params.get("after"),
            time.monotonic() + float(request.query_params.get("wait", 0)),
        )
        known = len(self.changes) if after is None else int(after)
        while len(self.changes) <= known and time.monotonic() < deadline and not self.broken:
            if await request.is_disconnected():
                break
            await _pause()
        refusal = self._answered("changes", request)
        return refusal or JSONResponse({"sequence": len(self.changes), "changes": self.changes[known:]})

    def _answered(self, what: str, request: Request | None = None) -> Response | None:
        self.requests[what] += 1
        if what in self.broken:
            return Response("broken", 500)
        if request is not None and request.headers["authorization"] != f"Bearer {self.credential}":
            return Response("who are you?", 401)
        return None


def _grant_of(token: str) -> str:
    """Whatever it was made for; a key is what it says."""
    if "." not in token:
        return token.removeprefix("opaque-")
    payload = token.split(".")[1]
    return str(loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["grant_id"])


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": secrets.token_hex(8), "use": "sig", "alg": "ES256"})


async def _until(event: threading.Event) -> None:
    while not event.is_set():
        await _pause()


async def _pause() -> None:
    """Lets the other requests run; a server may wait, a test may not."""
    await anyio.sleep(0.02)
