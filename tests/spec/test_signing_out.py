"""OAuth 2.1 §4.3.3: a new password, one browser's end, and the end of everything."""

from datetime import timedelta

from sqlmodel import select

from auth_server.keys.api_keys import KeyDraft, create_key, find_key, is_usable_key
from auth_server.models import Grant, User
from auth_server.sign_in.sessions import sign_out_everywhere
from shared.scopes import Scope
from tests.auth_harness import AuthHarness, error_of
from tests.spec.security_steps import (
    NEW_PASSWORD,
    SECURITY,
    change_password,
    events,
    is_signed_in,
    press,
    second_browser,
)
from tests.spec.sign_in_steps import EMAIL, attempt, session_cookie


def a_key_of_ada(auth: AuthHarness) -> str:
    with auth.database() as session:
        ada = session.exec(select(User).where(User.email == EMAIL)).one()
        return create_key(session, ada, KeyDraft("Backup script", (Scope.MEMORY_READ,), (), timedelta(days=30))).secret


def opens(auth: AuthHarness, secret: str) -> bool:
    with auth.database() as session:
        key = find_key(session, secret)
        return key is not None and is_usable_key(session, key)


def test_a_new_password_ends_every_refresh_family(ada: AuthHarness) -> None:
    """AS-37, OAuth 2.1 §4.3.3: refresh and access tokens end in the same transaction."""
    client = ada.register()
    tokens = ada.tokens(client)
    assert change_password(ada.http).headers["location"] == f"{SECURITY}?done=password"
    assert error_of(ada.refresh(client, tokens["refresh_token"])) == (400, "invalid_grant")
    assert ada.introspect(tokens["access_token"]) == {"active": False}
    assert events(ada, "grant_revoked")[0]["reason"] == "password changed"
    assert len(events(ada, "password_changed")) == 1


def test_a_new_password_signs_out_every_browser_but_this_one(ada: AuthHarness) -> None:
    """AS-37, AS-31: and a copy of this one's cookie is worth nothing either."""
    other, copy = second_browser(ada), session_cookie(ada, ada.http)
    change_password(ada.http)
    assert not is_signed_in(other)
    assert is_signed_in(ada.http)
    name = ada.app.state.page_services.cookies.session
    assert ada.new_browser().get(SECURITY, headers={"Cookie": f"{name}={copy}"}).status_code == 303
    assert attempt(ada, password=NEW_PASSWORD).status_code == 303
    assert attempt(ada, password="correct horse battery staple").status_code == 400


def test_api_keys_outlive_a_new_password(ada: AuthHarness) -> None:
    """AS-37: the page says that they go on."""
    secret = a_key_of_ada(ada)
    assert "API keys go on" in ada.http.get(f"{SECURITY}/password").text
    change_password(ada.http)
    assert opens(ada, secret)


def test_the_current_password_confirms_the_new_one(ada: AuthHarness) -> None:
    """AS-115: a cookie alone changes no password, however recent the sign-in was."""
    for wrong in ("", "not the password"):
        assert change_password(ada.http, password=wrong).status_code == 400
    assert change_password(ada.http, new_password="too short").status_code == 400
    assert events(ada, "password_changed") == []


def test_guessing_at_the_current_password_has_the_limits_of_signing_in(ada: AuthHarness) -> None:
    """AS-33: whoever found an open browser gets no more attempts there."""
    answers = [change_password(ada.http, password="guess").status_code for _ in range(11)]
    assert answers == [400] * 10 + [429]


def test_one_browser_is_signed_out_by_another(ada: AuthHarness) -> None:
    """AS-31: the list names each, marks this one, and ends the one that is chosen."""
    other = second_browser(ada)
    page = ada.http.get(SECURITY).text
    assert page.count("this browser") == 1
    assert press(ada.http, SECURITY, f"{SECURITY}/browsers/end").status_code == 303
    assert not is_signed_in(other)
    assert is_signed_in(ada.http)
    assert len(events(ada, "session_ended")) == 1


def test_nobody_ends_another_persons_browser(ada: AuthHarness) -> None:
    """AS-31: an id that is not one's own is unknown."""
    ada.create_user("grace@example.org")
    grace = ada.new_browser()
    ada.sign_in("grace@example.org", browser=grace)
    page = second_browser(ada).get(SECURITY).text
    session_id = page.split('name="session" value="')[1].split('"')[0]
    token = {"csrf_token": grace.get(SECURITY).text.split('name="csrf_token" value="')[1].split('"')[0]}
    answer = grace.post(
        f"{SECURITY}/browsers/end", data=token | {"session": session_id}, headers={"Origin": "http://localhost:9000"}
    )
    assert answer.status_code == 404
    assert is_signed_in(ada.http)


def test_logging_out_everywhere_ends_browsers_apps_and_keys(ada: AuthHarness) -> None:
    """AS-37, AS-96: all of it, at once; memories and the account stay."""
    client, other, secret = ada.register(), second_browser(ada), a_key_of_ada(ada)
    tokens = ada.tokens(client)
    ending = f"{SECURITY}/log-out-everywhere"
    answer = press(ada.http, ending, ending)
    assert answer.status_code == 303
    assert "logged out everywhere" in ada.http.get(answer.headers["location"]).text
    assert not is_signed_in(ada.http)
    assert not is_signed_in(other)
    assert error_of(ada.refresh(client, tokens["refresh_token"])) == (400, "invalid_grant")
    assert ada.introspect(tokens["access_token"]) == {"active": False}
    assert not opens(ada, secret)
    assert events(ada, "signed_out_everywhere") == [{"browsers": 2, "grants": 1, "keys": 1}]


def test_the_page_says_beforehand_what_logging_out_everywhere_ends(ada: AuthHarness) -> None:
    """AS-96: apps and keys by name; looking ends nothing."""
    ada.tokens(ada.register(client_name="Notebook"))
    a_key_of_ada(ada)
    page = ada.http.get(f"{SECURITY}/log-out-everywhere").text
    assert "Notebook" in page
    assert "Backup script" in page
    assert is_signed_in(ada.http)


def test_a_code_that_was_not_redeemed_ends_too(ada: AuthHarness) -> None:
    """AS-37: what was approved a moment before cannot be redeemed a moment after."""
    client = ada.register()
    code = ada.approve(client)["code"]
    with ada.database() as session:
        sign_out_everywhere(session, session.exec(select(Grant.user_id)).first() or "")
    assert error_of(ada.redeem(client, code)) == (400, "invalid_grant")
