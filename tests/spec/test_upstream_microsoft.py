"""Microsoft as a provider: an issuer for every tenant, and addresses that a tenant's administrator may have made up."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from auth_server.membership.invitations import invite
from tests.auth_harness import AuthHarness, auth_settings
from tests.consent_form import form_fields, own_origin
from tests.scripted_provider import Script, ScriptedProvider, scripted_provider

EVERY_TENANT = "https://login.microsoftonline.com/{tenantid}/v2.0"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
OURS = {"iss": EVERY_TENANT.replace("{tenantid}", TENANT), "tid": TENANT}
numbers = count(1)


@dataclass
class Place:
    """A server with one provider."""

    auth: AuthHarness
    provider: ScriptedProvider

    def sign_in(self, email: str = "", **claims: Any) -> Any:
        """The whole way, with these claims; the invited `email` is among them."""
        if email:
            with self.auth.database() as session:
                invite(session, self.auth.settings, email)
        subject = f"subject-{next(numbers)}"
        self.provider.script = Script(claims={"sub": subject, "email": email or None} | claims)
        browser, action = self.auth.new_browser(), "/login/with/microsoft"
        fields = form_fields(browser.get("/login").text, action)
        location = browser.post(action, data=fields, headers=own_origin(browser)).headers["location"]
        return browser.get(f"/login/back/microsoft?{self.provider.approve(location)}")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """It takes people of every tenant."""
    folder = tmp_path_factory.mktemp("microsoft")
    with pytest.MonkeyPatch.context() as patch, scripted_provider() as provider:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        provider.document["issuer"] = EVERY_TENANT
        entries = json.dumps([provider.entry("microsoft", "microsoft")])
        auth = AuthHarness(auth_settings(folder, providers=entries))
        with auth.http:
            yield Place(auth, provider)


@pytest.mark.parametrize("owned", [True, 1, "1"])
def test_a_person_of_any_tenant_signs_in(place: Place, owned: Any) -> None:
    """AS-32, OIDC Core §3.1.3.7: the issuer is the one of the person's own tenant."""
    answer = place.sign_in(f"grace-{next(numbers)}@example.org", **OURS, xms_edov=owned)
    assert answer.headers["location"] == "/account/apps"


@pytest.mark.parametrize(
    "claims",
    [
        OURS | {"tid": "11111111-1111-1111-1111-111111111111"},
        OURS | {"tid": None},
        {"iss": EVERY_TENANT, "tid": "{tenantid}"},
        {"iss": "https://login.microsoftonline.com/evil/v2.0", "tid": "evil"},
        {"iss": "https://evil.example/v2.0", "tid": TENANT},
    ],
    ids=str,
)
def test_the_issuer_has_to_fit_the_tenant(place: Place, claims: dict[str, Any]) -> None:
    """AS-32, OIDC Core §3.1.3.7: nobody's word for another tenant."""
    assert place.sign_in(**claims).status_code == 400


@pytest.mark.parametrize("claims", [{}, {"email_verified": True}, {"xms_edov": False}, {"xms_edov": "0"}], ids=str)
def test_an_address_that_a_tenant_made_up_makes_no_account(place: Place, claims: dict[str, Any]) -> None:
    """AS-32: it counts only if Microsoft says that its domain is the tenant's."""
    assert place.sign_in(f"made-up-{next(numbers)}@example.org", **OURS, **claims).status_code == 403
