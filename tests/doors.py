"""Both servers on one data folder, and people who connect apps through the real flow: the fixture `doors`."""

import json
import secrets
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from starlette.types import ASGIApp

from auth_server.app import create_app as create_auth_app
from auth_server.grants import edit_grant
from auth_server.models import Grant
from auth_server.oauth.pkce import challenge_of
from auth_server.people import create_user
from auth_server.settings import Settings as AuthSettings
from auth_server.signing_keys import active_key
from resource_server.app import create_app as create_resource_app
from resource_server.settings import Settings as ResourceSettings
from shared.authorization_details import parse_details
from shared.master_key import MasterKey
from shared.safe_fetch import INTERNET, Network
from shared.scopes import parse_scope
from shared.urls import origin_of
from tests.consent_form import PASSWORD, approve_in_browser, sign_in_browser
from tests.loopback import LOOPBACK
from tests.prepared_database import auth_database, prepare_database, prepare_resource_database
from tests.servers import PATIENCE, RunningServer, free_port

MASTER_KEY = "A" * 43
REDIRECT_URI = "http://127.0.0.1:33418/callback"
BOTH = "memory:read memory:write"


@dataclass(frozen=True)
class Connection:
    """One app of one person: its tokens, and a client that calls /mcp with them."""

    mcp_url: str
    client_id: str
    token: dict[str, Any] = field(repr=False)

    @property
    def access_token(self) -> str:
        """The access token."""
        return str(self.token["access_token"])

    @property
    def headers(self) -> dict[str, str]:
        """What a request needs to be let in."""
        return {"Authorization": f"Bearer {self.access_token}"}

    def post(self, message: dict[str, Any], **headers: str) -> httpx2.Response:
        """One JSON-RPC message without a session, answered as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.post(self.mcp_url, json=message, headers=self.headers | named, **LOOPBACK)

    def call(self, tool: str, **arguments: Any) -> httpx2.Response:
        """A tools/call of an older client, without a session."""
        params = {"name": tool, "arguments": arguments}
        return self.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})


class Place(Protocol):
    """Where people connect apps: both servers, however they run."""

    issuer: str
    mcp_url: str

    def register(self, **metadata: Any) -> str:
        """Registers an app and returns its client_id."""


@dataclass(frozen=True)
class Person:
    """Somebody with an account, signed in with a browser."""

    doors: Place
    email: str
    browser: httpx2.Client = field(repr=False)

    def connect(
        self,
        scope: str = BOTH,
        read: tuple[str, ...] = ("personal",),
        write: tuple[str, ...] = ("personal",),
        client_id: str | None = None,
        tools: tuple[str, ...] = (),
        servers: tuple[str, ...] = (),
    ) -> Connection:
        """Registers an app unless `client_id` names one, presses Connect, and redeems the code.

        `tools` are sets of tools in place of the standard ones; `servers` tools of other servers, `github search`.
        """
        client_id = client_id or self.doors.register()
        verifier = secrets.token_urlsafe(48)
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": REDIRECT_URI,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            "scope": scope,
            "resource": self.doors.mcp_url,
            "state": "s",
        }
        choices = {"scope": scope.split(), "read": list(read), "write": list(write)}
        choices |= {"tools": list(tools)} if tools else {}
        choices |= {"server_tool": list(servers)} if servers else {}
        location = approve_in_browser(self.browser, asked, choices)
        code = parse_qs(urlsplit(location).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "client_id": client_id, "code_verifier": verifier}
        token = httpx2.post(f"{self.doors.issuer}/token", data=form, **LOOPBACK)
        assert token.status_code == 200, token.text
        return Connection(self.doors.mcp_url, client_id, token.json())


class Doors:
    """The authorization server and the resource server, each on its port, both on `data_dir`.

    `network` is where the authorization server fetches what clients say of themselves.
    """

    def __init__(self, data_dir: Path, network: Network = INTERNET, **resource_settings: Any) -> None:
        self.data_dir = data_dir
        self.network = network
        self.auth_port, self.resource_port = free_port(), free_port()
        self.issuer = f"http://localhost:{self.auth_port}"
        self.origin = f"http://localhost:{self.resource_port}"
        self.mcp_url = f"{self.origin}/mcp"
        self.shared = {"data_dir": data_dir, "issuer": self.issuer, "mcp_url": self.mcp_url, "master_key": MASTER_KEY}
        generous = {"rate_limit_requests": 100_000, "refused_per_minute": 100_000}
        self.resource_settings = {"embedder": "none", "api_commands": True} | generous | resource_settings
        self.auth_settings: dict[str, Any] = {}
        """What a start of the authorization server is told beside the usual."""
        self.auth: RunningServer | None = None
        self.resource: RunningServer | None = None
        self._people: list[Person] = []

    def auth_app(self) -> ASGIApp:
        """The authorization server, with limits no test reaches."""
        generous = {"login_attempts": 10_000, "registrations_per_hour": 100_000}
        settings = AuthSettings(**self.shared | generous | self.auth_settings)
        prepare_database(settings)
        return create_auth_app(settings, self.network)

    def resource_app(self) -> ASGIApp:
        """The resource server."""
        settings = ResourceSettings(**self.shared, **self.resource_settings)
        prepare_resource_database(settings)
        return create_resource_app(settings)

    def start_auth(self) -> None:
        """Starts the authorization server."""
        self.auth = RunningServer(self.auth_app(), self.auth_port)

    def start_resource(self, *, until_fresh: bool = True) -> None:
        """Starts the resource server; `until_fresh` waits until it hears the change feed."""
        self.resource = RunningServer(self.resource_app(), self.resource_port)
        if until_fresh:
            wait_until(lambda: self.health()["revocations"] == "fresh")

    def health(self) -> dict[str, Any]:
        """The health document of the resource server."""
        document: dict[str, Any] = httpx2.get(f"{self.origin}/health", **LOOPBACK).json()
        return document

    def stop_auth(self) -> None:
        """Ends the authorization server."""
        if self.auth is not None:
            self.auth.stop()
            self.auth = None

    def stop_resource(self) -> None:
        """Ends the resource server."""
        if self.resource is not None:
            self.resource.stop()
            self.resource = None

    def close(self) -> None:
        """Ends everything."""
        for person in self._people:
            person.browser.close()
        self.stop_resource()
        self.stop_auth()

    def register(self, **metadata: Any) -> str:
        """Registers an app and returns its client_id."""
        return register_app(self.issuer, **metadata)

    def person(self, email: str | None = None) -> Person:
        """A new account whose browser is signed in."""
        self._people.append(new_person(self, self.data_dir, email))
        return self._people[-1]

    def claims(self, connection: Connection) -> dict[str, Any]:
        """What the app's access token says."""
        return self.claims_of(connection.access_token)

    def claims_of(self, access_token: str) -> dict[str, Any]:
        """What an access token says."""
        payload = access_token.split(".")[1]
        claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return claims

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A JWT signed with the authorization server's own key, to try what it would never issue."""
        with auth_database(self.data_dir) as session:
            key = active_key(session, MasterKey(urlsafe_b64decode(MASTER_KEY + "="), "").derive("auth signing keys"))
        complete = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid} | header
        return jwt.encode({name: value for name, value in complete.items() if value is not None}, claims, key)

    def edit(self, connection: Connection, scope: str, details: list[dict[str, Any]]) -> None:
        """The person changes what the app may do."""
        with auth_database(self.data_dir) as session:
            grant = session.get_one(Grant, self.claims(connection)["grant_id"])
            edit_grant(
                session, grant, revision=grant.revision, scopes=parse_scope(scope), details=parse_details(details)
            )

    def revoke(self, connection: Connection) -> None:
        """The app gives its token back, which ends its grant."""
        form = {"token": connection.access_token, "client_id": connection.client_id}
        assert httpx2.post(f"{self.issuer}/revoke", data=form, **LOOPBACK).status_code == 200


def register_app(issuer: str, **metadata: Any) -> str:
    """Registers a public app and returns its client_id."""
    public = {"client_name": "Test app", "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}
    answer = httpx2.post(f"{issuer}/register", json=public | metadata, **LOOPBACK)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["client_id"])


def new_person(place: Place, data_dir: Path, email: str | None = None) -> Person:
    """A new account in the database of `data_dir`, and a browser that signed in at `place`."""
    email = email or f"{secrets.token_hex(4)}@example.org"
    with auth_database(data_dir) as session:
        create_user(session, email, PASSWORD)
    browser = httpx2.Client(base_url=place.issuer, **LOOPBACK, headers={"Origin": origin_of(place.issuer)})
    sign_in_browser(browser, email, PASSWORD)
    return Person(place, email, browser)


def wait_until(claim: Any, patience: float = PATIENCE) -> None:
    """Asks until `claim()` is true, fifty times a second at first and ten times later; fails when it never is."""
    deadline = time.monotonic() + patience
    pause, seconds = threading.Event(), 0.02
    while not claim():
        assert time.monotonic() < deadline, "it did not become true in time"
        pause.wait(seconds)
        seconds = min(1.1 * seconds, 0.1)


@pytest.fixture(scope="session")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Both servers, shared by all tests of a process: make people and apps of your own, restart nothing."""
    yield from _running(Doors(tmp_path_factory.mktemp("doors")))


@pytest.fixture(autouse=True)
def _doors_have_news(request: pytest.FixtureRequest) -> None:
    """A test that travels in time takes the shared servers along: back home, their news is too old until more comes."""
    if "doors" in request.fixturenames:
        doors: Doors = request.getfixturevalue("doors")
        wait_until(lambda: doors.health()["revocations"] == "fresh")


@pytest.fixture
def own_doors(tmp_path: Path) -> Iterator[Doors]:
    """Both servers for one test, which may stop and start them."""
    yield from _running(Doors(tmp_path))


@pytest.fixture(scope="session")
def mary(doors: Doors) -> Person:
    """A person at the shared doors."""
    return doors.person()


@pytest.fixture(scope="session")
def bob(doors: Doors) -> Person:
    """Another person at the shared doors."""
    return doors.person()


def _running(doors: Doors) -> Iterator[Doors]:
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()
