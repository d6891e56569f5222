"""The authorization server in a test: driven through its public door, in a data folder of its own."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import time_machine
from sqlmodel import Session, select
from starlette.testclient import TestClient

from auth_server.app import create_app
from auth_server.models import AuditEvent, User
from auth_server.oauth.pkce import challenge_of
from auth_server.passwords import hash_password
from auth_server.services import Services
from auth_server.settings import Settings
from shared.clock import now
from shared.database import unit_of_work
from shared.safe_fetch import INTERNET, Network
from tests.consent_form import PASSWORD, approve_in_browser, sign_in_browser
from tests.prepared_database import prepare_database

CALLBACK = "http://localhost:8123/callback"
VERIFIER = "v" * 64


@dataclass
class RegisteredClient:
    """A client as its registration answered; `auth` is what it sends to the token endpoint beside the rest."""

    information: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.information["client_id"])

    @property
    def redirect_uri(self) -> str:
        return str(self.information["redirect_uris"][0])

    @property
    def credential(self) -> dict[str, str]:
        secret = self.information.get("client_secret")
        return {"client_id": self.id} | ({"client_secret": secret} if secret else {})


class AuthHarness:
    """One application, one browser (`http` keeps cookies), and short words for the steps of the flow."""

    def __init__(self, settings: Settings, network: Network = INTERNET) -> None:
        self.settings = settings
        prepare_database(settings)
        self.app = create_app(settings, network)
        self.http = TestClient(self.app, base_url=settings.issuer, follow_redirects=False)

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    @contextmanager
    def database(self) -> Iterator[Session]:
        """One transaction, for arranging and for looking at what no door shows."""
        with unit_of_work(self.services.engine) as session:
            yield session

    def new_browser(self) -> TestClient:
        """A second browser, without cookies."""
        return self.browser_at("testclient")

    def browser_at(self, address: str) -> TestClient:
        """A browser whose connections come from `address`; it talks to the event loop that `http` runs."""
        browser = TestClient(self.app, self.settings.issuer, follow_redirects=False, client=(address, 50000))
        browser.portal = self.http.portal
        return browser

    def audited(self, client_id: str) -> list[str]:
        """The kinds of the audit events about a client."""
        with self.database() as session:
            return list(session.exec(select(AuditEvent.kind).where(AuditEvent.client_id == client_id)))

    @property
    def resource_credential(self) -> dict[str, str]:
        """The Authorization header of the resource server."""
        secret = self.settings.effective_credential_file.read_text().strip()
        return {"Authorization": f"Bearer {secret}"}

    def create_user(self, email: str = "ada@example.org", password: str = PASSWORD, *, is_admin: bool = False) -> User:
        """A person; the usual password is hashed once a process, since argon2 is slow on purpose."""
        with self.database() as session:
            user = User(email=email, password_hash=_hashed(password), is_admin=is_admin)
            session.add(user)
        return user

    def register(self, **metadata: Any) -> RegisteredClient:
        """A public client with one loopback redirect URI, unless `metadata` says otherwise."""
        document = {"client_name": "Test app", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
        answer = self.http.post("/register", json=document | metadata)
        assert answer.status_code == 201, answer.text
        return RegisteredClient(answer.json())

    def sign_in(
        self, email: str = "ada@example.org", password: str = PASSWORD, browser: TestClient | None = None
    ) -> None:
        sign_in_browser(browser or self.http, email, password)

    def authorization_parameters(self, client: RegisteredClient, **changes: Any) -> dict[str, Any]:
        """A complete request; a value of None leaves the parameter out."""
        complete: dict[str, Any] = {
            "response_type": "code",
            "client_id": client.id,
            "redirect_uri": client.redirect_uri,
            "scope": "memory:read memory:write offline_access",
            "state": secrets.token_urlsafe(8),
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            "resource": self.settings.mcp_url,
        }
        return {name: value for name, value in (complete | changes).items() if value is not None}

    def approve(
        self,
        client: RegisteredClient,
        *,
        choices: dict[str, Any] | None = None,
        browser: TestClient | None = None,
        **changes: Any,
    ) -> dict[str, str]:
        """The signed-in person approves; gives the parameters that reach the client's redirect URI.

        `choices` replaces fields of the consent form; `changes` are parameters of the request.
        """
        parameters = self.authorization_parameters(client, **changes)
        location = approve_in_browser(browser or self.http, parameters, choices or {})
        return answer_parameters(location)

    def connected_client(self, **metadata: Any) -> RegisteredClient:
        """A client that the signed-in person approved before, so that it hears of its errors by redirect."""
        client = self.register(**metadata)
        self.tokens(client)
        return client

    def authorize(self, client: RegisteredClient, extra: str = "", **changes: Any) -> Any:
        """The answer to GET /authorize; `extra` is appended to the query as it is."""
        query = urlencode(self.authorization_parameters(client, **changes), doseq=True)
        return self.http.get(f"/authorize?{query}{extra}")

    def redirected_error(self, client: RegisteredClient, extra: str = "", **changes: Any) -> dict[str, str]:
        """The parameters of the error that GET /authorize redirects to the client."""
        answer = self.authorize(client, extra, **changes)
        assert answer.status_code == 303, f"{answer.status_code} {answer.text[:500]}"
        return answer_parameters(answer.headers["location"])

    def redeem(self, client: RegisteredClient, code: str, /, **changes: Any) -> Any:
        """The token endpoint's answer for `code`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": VERIFIER,
            **client.credential,
        }
        return self.http.post("/token", data=_without_none(form | changes))

    def refresh(self, client: RegisteredClient, refresh_token: str, /, **changes: Any) -> Any:
        """The token endpoint's answer for a refresh token."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **client.credential}
        return self.http.post("/token", data=_without_none(form | changes))

    def tokens(self, client: RegisteredClient, **changes: Any) -> dict[str, Any]:
        """The whole flow: approve, redeem, and the token response."""
        answer = self.redeem(client, self.approve(client, **changes)["code"])
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def introspect(self, token: str) -> dict[str, Any]:
        """What the resource server is told about `token`."""
        answer = self.http.post("/introspect", data={"token": token}, headers=self.resource_credential)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def later(**duration: float) -> time_machine.travel:
    """The time after `duration`, standing still."""
    return time_machine.travel(now() + timedelta(**duration), tick=False)


def error_of(answer: Any) -> tuple[int, str]:
    """Status and error code of a JSON answer."""
    return answer.status_code, answer.json()["error"]


def auth_settings(folder: Path, **changes: Any) -> Settings:
    """Settings for a data folder below `folder`."""
    return Settings(data_dir=folder / "data", **changes)


def answer_parameters(location: str) -> dict[str, str]:
    """The parameters at a redirect URI, each of which came once."""
    parameters = parse_qs(urlsplit(location).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in parameters.values()), location
    return {name: values[0] for name, values in parameters.items()}


@cache
def _hashed(password: str) -> str:
    return hash_password(password)


def _without_none(form: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in form.items() if value is not None}
