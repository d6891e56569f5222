"""A second Ostiary on loopback, which is the OpenID provider of the first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.models import User
from shared.clock import now
from tests.auth_harness import PASSWORD, AuthHarness, RegisteredClient, auth_settings
from tests.consent_form import consent_fields, form_fields, own_origin
from tests.servers import RunningServer, free_port


class SecondOstiary:
    """`auth` is its harness, `client` what the first one is there."""

    def __init__(self, folder: Path, ways_back: list[str]) -> None:
        self.port = free_port()
        self.auth = AuthHarness(auth_settings(folder, issuer=f"http://localhost:{self.port}"))
        self.client: RegisteredClient = self.auth.register(
            client_name="The first Ostiary", redirect_uris=ways_back, token_endpoint_auth_method="client_secret_basic"
        )

    def entry(self, provider_id: str, **changes: Any) -> dict[str, Any]:
        """Its entry in the setting of the first one."""
        information = self.client.information
        known = {"client_id": self.client.id, "client_secret": information["client_secret"], "kind": "oidc"}
        return known | {"id": provider_id, "issuer": self.auth.settings.issuer, "label": "Second Ostiary"} | changes

    def person(self, email: str, *, is_verified: bool = True, name: str = "") -> None:
        """Somebody with an account there."""
        self.auth.create_user(email)
        with self.auth.database() as session:
            user = session.exec(select(User).where(User.email == email)).one()
            user.name, user.email_verified_at = name, now() if is_verified else None

    def approve(self, location: str, email: str) -> str:
        """That person signs in there and allows it; gives where the browser is sent back."""
        browser = self.auth.new_browser()
        page = browser.get(_path(location))
        fields = form_fields(browser.get(page.headers["location"]).text, "/login")
        signed_in = browser.post(
            "/login", data=fields | {"email": [email], "password": [PASSWORD]}, headers=own_origin(browser)
        )
        return _connect(browser, signed_in.headers["location"])


@contextmanager
def second_ostiary(folder: Path, ways_back: list[str]) -> Iterator[SecondOstiary]:
    """One that runs on a real port, for what the first one's server asks of it."""
    second = SecondOstiary(folder, ways_back)
    running = RunningServer(second.auth.app, second.port)
    try:
        yield second
    finally:
        running.stop()


def _path(location: str) -> str:
    return location[location.index("/authorize") :]


def _connect(browser: TestClient, location: str) -> str:
    answer = browser.post("/authorize", data=consent_fields(browser.get(location).text), headers=own_origin(browser))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])
