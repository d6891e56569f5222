"""A server with several providers, a second Ostiary and one that lies among them: the fixture `place`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.membership.invitations import invite
from auth_server.models import User
from tests.auth_harness import PASSWORD, AuthHarness, auth_settings
from tests.consent_form import form_fields, own_origin
from tests.scripted_provider import Script, ScriptedProvider, scripted_provider
from tests.second_ostiary import SecondOstiary, second_ostiary
from tests.servers import free_port

ISSUER = "http://localhost:9000"

SECURITY = "/account/security"

numbers = count(1)


@dataclass
class Place:
    """One server with several providers; each test brings browsers and people of its own."""

    auth: AuthHarness
    second: SecondOstiary
    scripted: ScriptedProvider

    def invited(self, email: str) -> None:
        """Somebody may make an account."""
        with self.auth.database() as session:
            invite(session, self.auth.settings, email)

    def people(self, email: str) -> list[User]:
        """The accounts of this address."""
        with self.auth.database() as session:
            return list(session.exec(select(User).where(User.email == email)))


@pytest.fixture(scope="module")
def settled_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A second Ostiary, a scripted provider as OpenID provider and as GitHub, and one that is down."""
    folder = tmp_path_factory.mktemp("providers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        ways_back = [f"{ISSUER}/login/back/second"]
        with second_ostiary(folder / "second", ways_back) as second, scripted_provider() as scripted:
            down = scripted.entry("down", issuer=f"http://localhost:{free_port()}")
            entries = [
                second.entry("second"),
                scripted.entry("scripted"),
                scripted.entry("other"),
                scripted.entry("hub", "github"),
                down,
            ]
            auth = AuthHarness(auth_settings(folder / "first", providers=json.dumps(entries)))
            with auth.http:
                yield Place(auth, second, scripted)


@pytest.fixture
def place(settled_place: Place) -> Place:
    """The same, with nothing scripted and no limits used up."""
    settled_place.scripted.script = Script(claims={"sub": f"subject-{next(numbers)}"})
    settled_place.auth.services.limiter.storage.reset()
    return settled_place


@pytest.fixture
def browser(place: Place) -> TestClient:
    """A new one."""
    return place.auth.new_browser()


@pytest.fixture
def email() -> str:
    """An address that nobody used before."""
    return f"person-{next(numbers)}@example.org"


def set_out(browser: TestClient, provider: str, target: str = "") -> Any:
    """Presses the button of the provider; the answer."""
    fields = form_fields(browser.get("/login", params={"next": target}).text, f"/login/with/{provider}")
    return browser.post(f"/login/with/{provider}", data=fields, headers=own_origin(browser))


def scripted_sign_in(place: Place, browser: TestClient, provider: str = "scripted", **answer: str) -> Any:
    """The whole way with the scripted provider; the answer of the way back."""
    back = place.scripted.approve(set_out(browser, provider).headers["location"], **answer)
    return browser.get(f"/login/back/{provider}?{back}")


def is_signed_in(browser: TestClient) -> bool:
    """Whether a page of the account opens."""
    return browser.get("/account/apps").status_code == 200


def query_of(location: str) -> dict[str, str]:
    """The parameters, each of which came once."""
    return {name: value for name, [value] in parse_qs(urlsplit(location).query).items()}


def confirmed(browser: TestClient, provider: str, action: str) -> Any:
    """Presses the button of the provider's page, with the password."""
    path = f"{SECURITY}/providers/{provider}"
    fields = form_fields(browser.get(path).text, f"{path}/{action}") | {"password": [PASSWORD]}
    return browser.post(f"{path}/{action}", data=fields, headers=own_origin(browser))
