"""A server that protects itself by OAuth, and its authorization server: it does what the test tells it to."""

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.servers import free_port


@dataclass
class ScriptedIssuer:
    """Both on one port. Whoever comes to `/authorize` is sent back at once, as the person `signed_in` there.

    `metadata` and `resource` change what is published, `back` what is sent back. `granted` are the access tokens that
    are good, with the person and scope of each; `replays` counts refresh tokens that came a second time. Where some
    tools are `closed`, everything else is open to who has no token.
    """

    app: ASGIApp
    port: int = field(default_factory=free_port)
    path: str = "mcp"
    signed_in: str = "ada"
    lifetime: int | None = 3600
    challenge: str = ""
    takes: float = 0.0
    refuses_refresh: bool = False
    is_down: bool = False
    needs_scope: str = ""
    closed: frozenset[str] = frozenset()
    metadata: dict[str, Any] = field(default_factory=dict)
    resource: dict[str, Any] = field(default_factory=dict)
    back: dict[str, str | None] = field(default_factory=dict)
    granted: dict[str, tuple[str, str]] = field(default_factory=dict)
    refreshes: dict[str, tuple[str, str]] = field(default_factory=dict)
    known_clients: set[str] = field(default_factory=set)
    asked: list[dict[str, str]] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    replays: int = 0
    calls: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Of both."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Of the server."""
        return f"{self.origin}/{self.path}"

    def asgi(self) -> ASGIApp:
        """Everything on the port."""
        return Starlette(
            routes=[
                Route(f"/.well-known/oauth-protected-resource/{self.path}", self.about_resource),
                Route("/.well-known/oauth-authorization-server", self.about_issuer),
                Route("/register", self.register, methods=["POST"]),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/revoke", self.revoke, methods=["POST"]),
                Mount("/", self.guarded),
            ],
            lifespan=getattr(self.app, "router", self.app).lifespan_context,  # type: ignore[union-attr]
        )

    async def guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The server: nobody without a token that is good."""
        request = Request(scope)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        person, has = self.granted.get(token, ("", ""))
        self.calls.append(person)
        if self.closed and not token:
            receive, is_closed = await self.looked_at(receive) if request.method == "POST" else (receive, False)
        else:
            is_closed = not person
        if is_closed:
            said = self.challenge or 'Bearer realm="x, scope=no", scope="notes:read"'
            await Response("no", 401, {"WWW-Authenticate": said})(scope, receive, send)
        elif self.needs_scope and self.needs_scope not in has.split():
            said = f'Bearer error="insufficient_scope", scope="{self.needs_scope}"'
            await Response("no", 403, {"WWW-Authenticate": said})(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def looked_at(self, receive: Receive) -> tuple[Receive, bool]:
        """The body again, and whether it calls a tool that is closed."""
        first = await receive()
        message = json.loads(first["body"] or b"{}")
        is_closed = message.get("method") == "tools/call" and message["params"]["name"] in self.closed
        pieces = iter([first])

        async def again() -> Message:
            return next(pieces, None) or await receive()

        return again, is_closed

    async def about_resource(self, _request: Request) -> Response:
        """RFC 9728."""
        told = {"resource": self.url, "authorization_servers": [self.origin], "scopes_supported": ["all"]}
        return JSONResponse(told | self.resource)

    async def about_issuer(self, _request: Request) -> Response:
        """RFC 8414."""
        paths = {"authorization": "authorize", "token": "token", "registration": "register", "revocation": "revoke"}
        told = {f"{name}_endpoint": f"{self.origin}/{path}" for name, path in paths.items()}
        can = {
            "issuer": self.origin,
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
        }
        return JSONResponse({name: value for name, value in (told | can | self.metadata).items() if value is not None})

    async def register(self, request: Request) -> Response:
        """RFC 7591."""
        client_id = secrets.token_hex(4)
        self.known_clients.add(client_id)
        return JSONResponse(await request.json() | {"client_id": client_id, "client_secret": "s3cret"}, 201)

    async def authorize(self, request: Request) -> Response:
        """The person says yes at once."""
        asked = dict(request.query_params)
        self.asked.append(asked)
        back = {"code": f"{self.signed_in}.{asked.get('scope', '')}", "state": asked["state"], "iss": self.origin}
        told = {name: value for name, value in (back | self.back).items() if value is not None}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", 303)

    async def token(self, request: Request) -> Response:
        """RFC 6749 §3.2: codes and refresh tokens, each good once."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.forms.append(form)
        if self.is_down:
            return Response("not now", 503)
        await asyncio.sleep(self.takes)
        if form["client_id"] not in self.known_clients:
            return JSONResponse({"error": "invalid_client"}, 401)
        if form["grant_type"] == "authorization_code":
            person, _, scope = form["code"].partition(".")
            return self.issued(person, scope)
        found = self.refreshes.pop(form["refresh_token"], None)
        self.replays += found is None
        if found is None or self.refuses_refresh:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return self.issued(*found)

    def issued(self, person: str, scope: str) -> Response:
        """New tokens of a person."""
        access, renewing = f"at-{person}-{secrets.token_hex(8)}", f"rt-{person}-{secrets.token_hex(8)}"
        self.granted[access], self.refreshes[renewing] = (person, scope), (person, scope)
        lives = {} if self.lifetime is None else {"expires_in": self.lifetime}
        return JSONResponse({"access_token": access, "token_type": "bearer", "refresh_token": renewing} | lives)

    async def revoke(self, request: Request) -> Response:
        """RFC 7009."""
        token = str((await request.form())["token"])
        self.revoked.append(token)
        self.granted.pop(token, None)
        self.refreshes.pop(token, None)
        return Response()

    def end_access(self) -> None:
        """No access token is good any more, though none has ended by its time."""
        self.granted.clear()


def parameters(url: str) -> dict[str, str]:
    """Of an address's query."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
