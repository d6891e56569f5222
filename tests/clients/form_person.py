"""A person without a screen for an app of the SDK: signs in, presses Connect, and comes back to the app."""

from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.chromium_person import Choice
from tests.consent_form import approve_in_browser
from tests.doors import Person
from tests.loopback import LOOPBACK


class FormPerson:
    """Stands in for `ChromiumPerson` where the browser is not the point."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.visits: list[str] = []

    def connect(self, authorization_url: str, _choice: Choice | None = None) -> dict[str, list[str]]:
        """Opens the consent page as it is offered, and follows the redirect to the app."""
        self.visits.append(authorization_url)
        asked = {name: found[0] for name, found in parse_qs(urlsplit(authorization_url).query).items()}
        location = approve_in_browser(self._person.browser, asked, {})
        assert httpx2.get(location, **LOOPBACK).status_code == 200
        return {}
