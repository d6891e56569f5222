"""What an id_token has to say before the pages sign anybody in (OpenID Connect Core §3.1.3.7), one lie at a time."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared import own_pages
from tests.doors import Doors
from tests.loopback import LOOPBACK
from tests.servers import RunningServer, free_port
from tests.web.browsing import SERVERS, Visitor, new_visitor

Claims = dict[str, Any]
Forge = Callable[[Doors, Claims], str]


@dataclass
class Between:
    """Stands between both servers, passes on what they say, and puts what `forge` makes in the id_token's place."""

    doors: Doors
    port: int = field(default_factory=free_port)
    forge: Forge | None = None

    def app(self) -> Starlette:
        """As the resource server reaches it."""
        return Starlette(routes=[Route("/{path:path}", self._pass_on, methods=["GET", "POST"])])

    async def _pass_on(self, request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        url = f"{self.doors.issuer}{request.url.path}"
        async with httpx2.AsyncClient(**LOOPBACK, timeout=40) as client:
            came = await client.request(
                request.method, url, params=request.query_params, content=await request.body(), headers=headers
            )
        body = came.content
        if self.forge is not None and request.url.path == "/token" and came.status_code == 200:
            answer = json.loads(body)
            answer["id_token"] = self.forge(self.doors, self.doors.claims_of(answer["id_token"]))
            body = json.dumps(answer).encode()
        kept = {name: value for name, value in came.headers.items() if name == "content-type"}
        return Response(body, came.status_code, kept)


@pytest.fixture(scope="module")
def between(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Between]:
    """Both servers, and what stands between them."""
    doors = Doors(tmp_path_factory.mktemp("forged"))
    stands = Between(doors)
    server = RunningServer(stands.app(), stands.port)
    doors.resource_settings |= {"auth_internal_url": f"http://127.0.0.1:{stands.port}"}
    doors.start_auth()
    doors.start_resource()
    yield stands
    doors.close()
    server.stop()


@pytest.fixture
def dora(between: Between) -> Iterator[Visitor]:
    """Somebody who signs in there."""
    visitor = new_visitor(between.doors)
    yield visitor
    between.forge = None
    visitor.http.close()


def signed(header: Claims, **changes: Any) -> Forge:
    """By the authorization server's own key, with other claims than it gave; None leaves a claim out."""

    def forge(doors: Doors, claims: Claims) -> str:
        said = {name: value for name, value in (claims | changes).items() if value is not None}
        return doors.sign(said, **({"typ": "JWT"} | header))

    return forge


def by_another_key(_doors: Doors, claims: Claims) -> str:
    return jwt.encode({"alg": "ES256", "typ": "JWT", "kid": "other"}, claims, ECKey.generate_key("P-256"))


def by_nobody(doors: Doors, claims: Claims) -> str:
    header = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    return f"{header}.{doors.sign(claims).split('.')[1]}."


FORGED: dict[str, Forge] = {
    "another issuer": signed({}, iss="https://evil.example"),
    "no issuer": signed({}, iss=None),
    "another audience": signed({}, aud="cli_somebody_else"),
    "an audience beside ours": signed({}, aud=[own_pages.CLIENT_ID, "cli_somebody_else"], azp="cli_somebody_else"),
    "no audience": signed({}, aud=None),
    "another party": signed({}, azp="cli_somebody_else"),
    "another nonce": signed({}, nonce="of another sign-in"),
    "no nonce": signed({}, nonce=None),
    "another person": signed({}, sub="usr_somebody_else"),
    "no person": signed({}, sub=None),
    "it has ended": signed({}, exp=1),
    "it never ends": signed({}, exp=None),
    "no word of when they signed in": signed({}, auth_time=None),
    "an access token": signed({"typ": "at+jwt"}),
    "a logout token": signed({"typ": "logout+jwt"}),
    "a key of somebody else": by_another_key,
    "no signature": by_nobody,
    "no token": lambda _doors, _claims: "",
}


@pytest.mark.parametrize("lie", FORGED)
def test_an_id_token_that_lies_signs_nobody_in(between: Between, dora: Visitor, lie: str) -> None:
    """AS-93, OpenID Connect Core §3.1.3.7."""
    address = dora.answer(dora.get(SERVERS).headers["location"])
    between.forge = FORGED[lie]
    came = dora.http.get(address)
    assert came.status_code == 400
    assert "could not be signed in" in came.text
    assert dora.get(SERVERS).status_code == 303


def test_the_same_way_with_what_is_true_signs_them_in(between: Between, dora: Visitor) -> None:
    """AS-93: so that each refusal above is that of its one lie."""
    between.forge = signed({})
    assert dora.go_on(dora.get(SERVERS).headers["location"]) == SERVERS
    assert dora.get(SERVERS).status_code == 200
