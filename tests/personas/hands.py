"""The person's part: looks at the consent page and presses Connect, at a form without a screen or in a Chromium."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import httpx2
from playwright.sync_api import Page

from shared.urls import origin_of
from tests.auth_harness import answer_parameters
from tests.chromium_person import Chromium
from tests.consent_form import PASSWORD, consent_fields, form_fields
from tests.doors import Person
from tests.loopback_callback import LoopbackCallback
from tests.personas.backend import Asking
from tests.personas.web_callbacks import WebCallbacks

SHORT_PAGE = "<h1>Continue with"
CONNECT = 'button[name="decision"][value="approve"]'


class AtTheForm:
    """A person whose browser is an HTTP client: for everything in which the browser is not the point."""

    def __init__(self, person: Person) -> None:
        self._browser = person.browser
        self._origin = origin_of(person.doors.issuer)

    def page(self, asking: Asking) -> str:
        """The consent page as it is shown."""
        shown = self.visit(asking.url)
        assert shown.status_code == httpx2.codes.OK, shown.text
        return str(shown.text)

    def visit(self, url: str) -> httpx2.Response:
        """What opening `url` shows."""
        return self._browser.get(url)

    def disconnect_everything(self) -> None:
        """Presses Disconnect for every app on the page of connected apps."""
        path = "/account/apps/disconnect"
        while path in (page := self._browser.get("/account/apps").text):
            answer = self._browser.post(path, data=form_fields(page, path), headers={"Origin": self._origin})
            assert answer.status_code == httpx2.codes.SEE_OTHER, answer.text

    def approve(self, asking: Asking, page: str = "", **choices: list[str]) -> dict[str, str]:
        """Presses Connect; `choices` replace fields of the form."""
        fields = consent_fields(page or self.page(asking)) | choices
        endpoint = asking.found.metadata["authorization_endpoint"]
        answer = self._browser.post(endpoint, data=fields, headers={"Origin": self._origin})
        assert answer.status_code == httpx2.codes.SEE_OTHER, answer.text
        location = str(answer.headers["location"])
        assert location.startswith(f"{asking.redirect_uri}?"), location
        return answer_parameters(location)


class AtTheScreen:
    """A person at a real Chromium, signed out at first; what the browser is sent to is caught where it arrives."""

    def __init__(self, chromium: Chromium, web: WebCallbacks, person: Person) -> None:
        self._chromium = chromium
        self._web = web
        self._person = person
        proxy = {"server": web.proxy_url, "bypass": "localhost,127.0.0.1"}
        profile = chromium.new_profile(proxy=proxy, ignore_https_errors=True)
        self._page: Page = chromium.do(profile.new_page)

    def approve(self, asking: Asking) -> dict[str, str]:
        """For a callback on the web: the parameters that arrive there."""
        self._chromium.do(lambda: self._connect(asking))
        return self._web.take(asking.redirect_uri)

    def approve_for(self, asking: Asking, app: LoopbackCallback) -> dict[str, str]:
        """For a program on this computer, which listens."""
        self._chromium.do(lambda: self._connect(asking))
        return app.take()

    def approve_into(self, asking: Asking, scheme: str) -> dict[str, str]:
        """For an app that is opened by its scheme, right away or by the page that the redirect URI leads to."""
        return self._chromium.do(lambda: self._connect(asking, lambda url: url.startswith(f"{scheme}:")))

    def arrived_at(self, redirect_uri: str) -> dict[str, str]:
        """The parameters with which the browser came to a callback on the web on its way."""
        return self._web.take(redirect_uri)

    def _connect(self, asking: Asking, is_arrival: Callable[[str], bool] | None = None) -> dict[str, str]:
        page = self._page
        page.goto(asking.url)
        if "/login" in page.url:
            page.get_by_label("E-mail").fill(self._person.email)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
        password = page.get_by_label("Your password")
        if password.count():
            password.fill(PASSWORD)
        arrives = is_arrival or (lambda url: url.startswith(f"{asking.redirect_uri}?"))
        with page.expect_request(lambda request: arrives(request.url)) as caught:
            page.locator(CONNECT).click()
        return dict(parse_qsl(urlsplit(caught.value.url).query, keep_blank_values=True))
