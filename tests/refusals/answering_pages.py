"""Signing in, the consent page, and the pages of an account."""

import re
from itertools import count
from typing import Any

from auth_server.models import Client, User
from shared.clock import now
from shared.refusals import Reason, Step
from tests.auth_harness import PASSWORD, later
from tests.consent_form import form_fields, own_origin
from tests.refusals.place import Place
from tests.refusals.ways import Way

_addresses = count(1)


def sign_in(place: Place, email: str, password: str, **changes: Any) -> Any:
    """Somebody's attempt in a browser of their own, from an address of their own."""
    browser = place.auth.browser_at(f"192.0.2.{next(_addresses)}")
    form = form_fields(browser.get("/login").text, "/login") | {"email": [email], "password": [password]}
    return browser.post("/login", data=form | changes, headers=own_origin(browser))


def a_wrong_password(place: Place) -> Any:
    place.auth.create_user("grace@example.org")
    return sign_in(place, "grace@example.org", "wrong")


def nobodys_account(place: Place) -> Any:
    return sign_in(place, "nobody@example.org", "wrong")


def a_disabled_account(place: Place) -> Any:
    user = place.auth.create_user("gone@example.org")
    with place.auth.database() as session:
        session.get_one(User, user.id).disabled_at = now()
    return sign_in(place, "gone@example.org", PASSWORD)


def many_attempts(place: Place) -> Any:
    place.auth.create_user("many@example.org")
    for _ in range(place.auth.settings.login_attempts):
        sign_in(place, "many@example.org", "wrong")
    return sign_in(place, "many@example.org", "wrong")


def a_foreign_sign_in(place: Place) -> Any:
    return sign_in(place, "ada@example.org", PASSWORD, csrf_token="x")


def a_form_without_its_token(place: Place) -> Any:
    return place.decide(place.form(place.auth.register(), csrf_token="x"))


def a_changed_form(place: Place) -> Any:
    form = place.form(place.auth.register())
    return place.decide(form | {"request": [form["request"][0] + "x"]})


def an_answered_form(place: Place) -> Any:
    form = place.form(place.auth.register())
    assert place.decide(form).status_code == 303
    with later(seconds=11):
        return place.decide(form)


def no_password(place: Place) -> Any:
    return place.decide(place.form(place.auth.register(), password=""))


def not_the_persons_password(place: Place) -> Any:
    return place.decide(place.form(place.auth.register(), password="wrong"))


def nothing_chosen(place: Place) -> Any:
    form = place.form(place.auth.register())
    return place.decide({name: value for name, value in form.items() if name not in ("scope", "read", "write")})


def an_app_that_changed(place: Place) -> Any:
    client = place.auth.register()
    form = place.form(client)
    with place.auth.database() as session:
        session.get_one(Client, client.id).client_name = "Another name"
    return place.decide(form)


def a_cancelled_consent(place: Place) -> Any:
    return place.decide(place.form(place.auth.register(), decision="deny"))


def a_dead_setup_link(place: Place) -> Any:
    return place.http.get("/setup", params={"token": "setup_x"})


def a_dead_invitation(place: Place) -> Any:
    return place.http.get("/invitation", params={"token": "inv_x"})


def signing_up_without_invitation(place: Place) -> Any:
    return place.http.get("/sign-up")


def a_dead_link_of_a_message(place: Place) -> Any:
    return place.http.get("/reset-password", params={"token": "link_x"})


def an_erasure_that_nobody_asked_for(place: Place) -> Any:
    return place.http.get("/erasures/era_x", params={"key": "erasure_x"})


def a_download_without_memories(place: Place) -> Any:
    token = form_fields(place.http.get("/account/you/export").text, "/logout")["csrf_token"]
    form = {"csrf_token": token, "password": [PASSWORD]}
    return place.http.post("/account/you/export", data=form, headers=own_origin(place.http))


def an_app_that_is_not_connected(place: Place) -> Any:
    token = form_fields(place.http.get("/account/apps").text, "/logout")["csrf_token"]
    form = {"csrf_token": token, "client_id": ["cli_x"]}
    return place.http.post("/account/apps/disconnect", data=form, headers=own_origin(place.http))


def an_edit_of_what_was_changed_meanwhile(place: Place) -> Any:
    place.auth.connected_client()
    [action] = re.findall(r"/account/grants/grt_[0-9a-z]+(?=\")", place.http.get("/account/apps").text)[:1]
    form = form_fields(place.http.get(action).text, action) | {"revision": ["7"]}
    return place.http.post(action, data=form, headers=own_origin(place.http))


def a_foreign_disconnect(place: Place) -> Any:
    return place.http.post("/account/apps/disconnect", data={"client_id": "cli_x"})


def a_page_of_administrators(place: Place) -> Any:
    return place.http.get("/admin")


WAYS = (
    Way(Step.SIGN_IN, Reason.WRONG_PASSWORD, 400, "Try again", a_wrong_password),
    Way(Step.SIGN_IN, Reason.ACCOUNT_UNKNOWN, 400, "Try again", nobodys_account),
    Way(Step.SIGN_IN, Reason.ACCOUNT_DISABLED, 400, "Try again", a_disabled_account),
    Way(Step.SIGN_IN, Reason.TOO_MANY_ATTEMPTS, 429, "Wait", many_attempts, after_others=True),
    Way(Step.SIGN_IN, Reason.FORM_FOREIGN, 403, "reload the page", a_foreign_sign_in),
    Way(Step.CONSENT, Reason.FORM_FOREIGN, 403, "reload the page", a_form_without_its_token),
    Way(Step.CONSENT, Reason.FORM_STALE, 403, "reload the page", a_changed_form),
    Way(Step.CONSENT, Reason.FORM_ANSWERED, 403, "reload the page", an_answered_form),
    Way(Step.CONSENT, Reason.PASSWORD_MISSING, 400, "Type your password", no_password, has_client=True),
    Way(Step.CONSENT, Reason.WRONG_PASSWORD, 400, "Try again", not_the_persons_password, has_client=True),
    Way(Step.CONSENT, Reason.CHOICE_UNUSABLE, 400, "choose", nothing_chosen, has_client=True),
    Way(Step.CONSENT, Reason.APP_CHANGED, 409, "Look at it again", an_app_that_changed, has_client=True),
    Way(Step.CONSENT, Reason.DENIED, 303, "did not allow it", a_cancelled_consent, has_client=True),
    Way(Step.ACCOUNT, Reason.SETUP_LINK_DEAD, 403, "starting it prints one", a_dead_setup_link),
    Way(Step.ACCOUNT, Reason.INVITATION_DEAD, 403, "ask whoever invited you", a_dead_invitation),
    Way(Step.ACCOUNT, Reason.SIGN_UP_OFF, 403, "Ask whoever runs", signing_up_without_invitation),
    Way(Step.ACCOUNT, Reason.MAIL_LINK_DEAD, 403, "Ask for a new one", a_dead_link_of_a_message),
    Way(Step.ACCOUNT, Reason.ERASURE_UNKNOWN, 404, "exactly as you got it", an_erasure_that_nobody_asked_for),
    Way(Step.ACCOUNT, Reason.MEMORIES_UNREADABLE, 503, "Try again", a_download_without_memories),
    Way(Step.ACCOUNT, Reason.NOT_ADMINISTRATOR, 403, "Ask an administrator", a_page_of_administrators),
    Way(Step.ACCOUNT, Reason.NOT_CONNECTED, 404, "shows what there is now", an_app_that_is_not_connected),
    Way(
        Step.ACCOUNT,
        Reason.CHANGED_MEANWHILE,
        409,
        "below is what holds now",
        an_edit_of_what_was_changed_meanwhile,
        has_client=True,
    ),
    Way(Step.ACCOUNT, Reason.FORM_FOREIGN, 403, "reload the page", a_foreign_disconnect),
)
