"""Signing in with another provider that is silent, that says no, or that was never asked."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.refusals import Reason, Step
from tests.consent_form import form_fields, own_origin
from tests.refusals.place import Place
from tests.refusals.ways import Way


def pressed(place: Place, provider: str) -> tuple[Any, Any]:
    """The browser, and the answer to the provider's button."""
    browser, action = place.auth.new_browser(), f"/login/with/{provider}"
    fields = form_fields(browser.get("/login").text, action)
    return browser, browser.post(action, data=fields, headers=own_origin(browser))


def a_silent_provider(place: Place) -> Any:
    return pressed(place, "silent")[1]


def a_refusal_there(place: Place) -> Any:
    browser, sent = pressed(place, "hub")
    state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
    return browser.get("/login/back/hub", params={"state": state, "error": "access_denied"})


def an_answer_nobody_waits_for(place: Place) -> Any:
    return place.auth.new_browser().get("/login/back/hub?state=us_unknown&code=c")


WAYS = (
    Way(Step.SIGN_IN, Reason.PROVIDER_FAILED, 400, "does not answer right now", a_silent_provider),
    Way(Step.SIGN_IN, Reason.DENIED, 400, "sign in another way", a_refusal_there),
    Way(Step.SIGN_IN, Reason.FORM_STALE, 400, "begun in another browser", an_answer_nobody_waits_for),
)
