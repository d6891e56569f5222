"""Beyond the password: codes, passkeys, and forms that only the person themselves may send."""

from itertools import count
from typing import Any

from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.models import User
from shared.refusals import Reason, Step
from tests.refusals.place import Place
from tests.refusals.ways import Way
from tests.software_authenticator import SoftwareAuthenticator
from tests.spec.code_steps import AUTHENTICATOR, give_password, set_up_app
from tests.spec.passkey_steps import add_passkey, ask_for_passkey, use_passkey
from tests.spec.security_steps import SECURITY, press, send

_numbers = count()


def somebody(place: Place) -> tuple[TestClient, str]:
    """A person of their own, signed in."""
    email = f"person{next(_numbers)}@example.org"
    place.auth.create_user(email)
    browser = place.auth.new_browser()
    place.auth.sign_in(email, browser=browser)
    return browser, email


def a_wrong_code(place: Place) -> Any:
    browser, email = somebody(place)
    set_up_app(browser)
    fresh = place.auth.new_browser()
    return send(fresh, give_password(place.auth, fresh, email).text, "/login/code", code="000000")


def a_step_that_is_over(place: Place) -> Any:
    return place.auth.new_browser().get("/login/code?step=x")


def a_wrong_first_code(place: Place) -> Any:
    browser, _ = somebody(place)
    page = press(browser, AUTHENTICATOR, f"{AUTHENTICATOR}/new").text
    return send(browser, page, AUTHENTICATOR, code="000000")


def a_stale_offer(place: Place) -> Any:
    browser, _ = somebody(place)
    page = press(browser, AUTHENTICATOR, f"{AUTHENTICATOR}/new").text
    return send(browser, page, AUTHENTICATOR, enrolment="x")


def no_password_for_a_grave_form(place: Place) -> Any:
    browser, _ = somebody(place)
    return press(browser, AUTHENTICATOR, f"{AUTHENTICATOR}/new", password="")


def a_wrong_password_for_a_grave_form(place: Place) -> Any:
    browser, _ = somebody(place)
    return press(browser, f"{SECURITY}/password", f"{SECURITY}/password", password="x", new_password="y" * 20)


def a_browser_that_is_gone(place: Place) -> Any:
    browser, email = somebody(place)
    place.auth.sign_in(email, browser=place.auth.new_browser())
    return press(browser, SECURITY, f"{SECURITY}/browsers/end", session="bss_x")


def a_strange_passkey(place: Place) -> Any:
    return use_passkey(place.auth, SoftwareAuthenticator())


def an_unusable_new_passkey(place: Place) -> Any:
    browser, _ = somebody(place)
    return add_passkey(browser, SoftwareAuthenticator(origin="http://evil.example"))


def a_nameless_passkey(place: Place) -> Any:
    browser, _ = somebody(place)
    return ask_for_passkey(browser, name="")


def no_password_and_no_recent_sign_in(place: Place) -> Any:
    browser, email = somebody(place)
    with place.auth.database() as session:
        session.exec(select(User).where(User.email == email)).one().password_hash = ""
    return ask_for_passkey(browser)


WAYS = (
    Way(Step.SIGN_IN, Reason.WRONG_CODE, 400, "Try the next one", a_wrong_code),
    Way(Step.SIGN_IN, Reason.FORM_STALE, 403, "Begin again", a_step_that_is_over),
    Way(Step.SIGN_IN, Reason.PASSKEY_REFUSED, 400, "Try again", a_strange_passkey),
    Way(Step.ACCOUNT, Reason.PASSKEY_REFUSED, 400, "Try again", an_unusable_new_passkey),
    Way(Step.ACCOUNT, Reason.SIGN_IN_AGAIN, 400, "Sign in again", no_password_and_no_recent_sign_in),
    Way(Step.ACCOUNT, Reason.CHOICE_UNUSABLE, 400, "such as My phone", a_nameless_passkey),
    Way(Step.ACCOUNT, Reason.WRONG_CODE, 400, "clock", a_wrong_first_code),
    Way(Step.ACCOUNT, Reason.FORM_STALE, 403, "reload the page", a_stale_offer),
    Way(Step.ACCOUNT, Reason.PASSWORD_MISSING, 400, "Type your password", no_password_for_a_grave_form),
    Way(Step.ACCOUNT, Reason.WRONG_PASSWORD, 400, "Try again", a_wrong_password_for_a_grave_form),
    Way(Step.ACCOUNT, Reason.NOT_CONNECTED, 404, "signed in now", a_browser_that_is_gone),
)
