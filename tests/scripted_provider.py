"""An OpenID provider on loopback that says what a test tells it to, be it true or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.clock import epoch, now
from tests.servers import RunningServer, free_port

CLIENT_ID = "ostiary-at-the-provider"
SECRET = "the secret of that client"


@dataclass
class Script:
    """What it says next; `claims` replace what would be true, None leaves one out."""

    claims: dict[str, Any] = field(default_factory=dict)
    token: Any = None
    """The whole token response instead."""
    key: Any = None
    header: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    redirect: str = ""
    user: Any = field(default_factory=lambda: {"id": 7, "login": "ada", "name": "Ada Lovelace"})
    emails: Any = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    """The forms that its token endpoint was sent."""


class ScriptedProvider:
    """`issuer` is its address; `script` is replaced by each test."""

    def __init__(self) -> None:
        self.port = free_port()
        self.issuer = f"http://localhost:{self.port}"
        self.key = ECKey.generate_key("P-256", {"kid": "one"})
        self.script = Script()
        self.document: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }
        self._nonce = ""

    def entry(self, provider_id: str, kind: str = "oidc", **changes: Any) -> dict[str, Any]:
        """Its entry in the setting."""
        known = {"id": provider_id, "kind": kind, "client_id": CLIENT_ID, "client_secret": SECRET}
        return known | {"issuer": self.issuer, "label": provider_id.title()} | changes

    def approve(self, location: str, **answer: str) -> str:
        """Somebody signs in there and goes back: the query of the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        self._nonce = asked.get("nonce", "")
        return f"code=c1&state={asked['state']}" + "".join(f"&{name}={value}" for name, value in answer.items())

    def app(self) -> Starlette:
        """Its endpoints."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks", self._jwks),
                Route("/token", self._token, methods=["POST"]),
                Route("/login/oauth/access_token", self._token, methods=["POST"]),
                Route("/api/v3/user", self._user),
                Route("/api/v3/user/emails", self._emails),
            ]
        )

    async def _discovery(self, _request: Request) -> Response:
        return JSONResponse(self.document)

    async def _jwks(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _token(self, request: Request) -> Response:
        script = self.script
        form = dict(await request.form())
        script.asked.append({name: str(value) for name, value in form.items()})
        if script.redirect:
            return Response(None, 302, {"Location": script.redirect})
        if script.token is not None or script.status != 200:
            return JSONResponse(script.token, script.status)
        token = {"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": self._id_token()}
        return JSONResponse(token)

    async def _user(self, _request: Request) -> Response:
        return JSONResponse(self.script.user)

    async def _emails(self, _request: Request) -> Response:
        return JSONResponse(self.script.emails)

    def _id_token(self) -> str:
        true = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "somebody",
            "nonce": self._nonce,
            "iat": epoch(now()),
            "exp": epoch(now()) + 300,
        }
        claims = {name: value for name, value in (true | self.script.claims).items() if value is not None}
        key = self.script.key or self.key
        header = {"alg": "HS256" if isinstance(key, OctKey) else "ES256", "kid": "one"} | self.script.header
        return jwt.encode(header, claims, key, algorithms=["ES256", "HS256", "none"])


@contextmanager
def scripted_provider() -> Iterator[ScriptedProvider]:
    """One that runs."""
    provider = ScriptedProvider()
    running = RunningServer(provider.app(), provider.port)
    try:
        yield provider
    finally:
        running.stop()
