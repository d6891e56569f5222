"""RFC 6238: codes of an authenticator app as the second step of signing in, and the recovery codes beside them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from auth_server.models import BrowserSession, RecoveryCode, User
from tests.auth_harness import PASSWORD, AuthHarness, later
from tests.consent_form import form_fields
from tests.spec.code_steps import AUTHENTICATOR, code_at, give_code, give_password, send_again, set_up_app
from tests.spec.security_steps import SECURITY, change_password, events, is_signed_in, press, send
from tests.spec.sign_in_steps import EMAIL, attempt, session_cookie


def test_the_right_password_alone_signs_nobody_in_who_has_an_app(ada: AuthHarness) -> None:
    """RFC 6238 §1: no session before the code, and after it one that says how (RFC 8176)."""
    app, _ = set_up_app(ada.http)
    browser = ada.new_browser()
    page = give_password(ada, browser)
    assert page.status_code == 200
    assert session_cookie(ada, browser) is None
    with later(seconds=60):
        assert give_code(ada, browser, code=app.now()).headers["location"] == "/account/apps"
        assert is_signed_in(browser)
    with ada.database() as session:
        assert "pwd otp" in session.exec(select(BrowserSession.methods)).all()


def test_the_person_arrives_where_they_were_going(ada: AuthHarness) -> None:
    """AS-36: the detour over the code keeps the request of an app, byte for byte."""
    app, _ = set_up_app(ada.http)
    browser, target = ada.new_browser(), "/authorize?state=%C3%A9%20x&a=b+c"
    step = attempt(ada, password=PASSWORD, browser=browser, next=[target]).headers["location"]
    with later(seconds=60):
        answer = send(browser, browser.get(step).text, "/login/code", code=app.now())
    assert answer.headers["location"].startswith(f"{target}&signed_in=")


def test_a_password_that_is_hashed_anew_leads_on_to_the_code(ada: AuthHarness) -> None:
    """AS-35: the step after it is bound to the hash, and the hash has just changed."""
    app, _ = set_up_app(ada.http)
    with ada.database() as session:
        session.exec(select(User)).one().password_hash = PasswordHasher(1, 1024, 1).hash(PASSWORD)
    with later(seconds=60):
        assert give_code(ada, ada.new_browser(), code=app.now()).status_code == 303


@pytest.mark.parametrize(("steps", "status"), [(-2, 400), (-1, 303), (0, 303), (1, 303), (2, 400)])
def test_a_clock_may_be_half_a_minute_off(ada: AuthHarness, steps: int, status: int) -> None:
    """RFC 6238 §5.2: one step before or after, no more."""
    app, _ = set_up_app(ada.http)
    with later(minutes=5):
        assert give_code(ada, ada.new_browser(), code=code_at(app, steps)).status_code == status


def test_a_code_is_accepted_once(ada: AuthHarness) -> None:
    """RFC 6238 §5.2: also not the one that turned the app on, nor an older one after a newer."""
    with later(seconds=1):
        app, _ = set_up_app(ada.http)
        assert give_code(ada, ada.new_browser(), code=app.now()).status_code == 400
    with later(minutes=5):
        assert give_code(ada, ada.new_browser(), code=app.now()).status_code == 303
        assert give_code(ada, ada.new_browser(), code=app.now()).status_code == 400
        assert give_code(ada, ada.new_browser(), code=code_at(app, -1)).status_code == 400


def test_of_many_who_send_one_code_at_once_one_gets_in(ada: AuthHarness) -> None:
    """RFC 6238 §5.2: the database decides."""
    app, _ = set_up_app(ada.http)
    with later(minutes=5):
        browsers = [ada.new_browser() for _ in range(4)]
        forms = [form_fields(give_password(ada, browser).text, "/login/code") for browser in browsers]
        code = {"code": [app.now()]}
        with ThreadPoolExecutor(4) as crowd:
            answers = list(
                crowd.map(lambda pair: send_again(pair[0], pair[1] | code), zip(browsers, forms, strict=True))
            )
    assert sorted(answer.status_code for answer in answers) == [303, 400, 400, 400]


def test_wrong_codes_count_like_wrong_passwords(ada: AuthHarness) -> None:
    """AS-33: whoever knows the password does not guess at codes for ever, and the password clears nothing."""
    set_up_app(ada.http)
    answers = []
    for number in range(6):
        browser = ada.browser_at(f"192.0.2.{number}")
        answer = attempt(ada, password=PASSWORD, browser=browser)
        if answer.status_code == 303:
            answer = send(browser, browser.get(answer.headers["location"]).text, "/login/code", code="000000")
        answers.append(answer.status_code)
    assert answers == [400] * 5 + [429]


def test_a_right_code_clears_what_was_counted(ada: AuthHarness) -> None:
    """AS-33: as a right password does for people without an app."""
    app, _ = set_up_app(ada.http)
    for minutes in range(5, 25, 5):
        with later(minutes=minutes):
            for _ in range(2):
                give_code(ada, ada.new_browser(), code="000000")
            assert give_code(ada, ada.new_browser(), code=app.now()).status_code == 303


def test_the_step_belongs_to_the_browser_that_gave_the_password(ada: AuthHarness) -> None:
    """AS-90: its address opens nothing elsewhere."""
    set_up_app(ada.http)
    step = attempt(ada, password=PASSWORD).headers["location"]
    stranger = ada.new_browser()
    stranger.get("/login")
    assert stranger.get(step).status_code == 403
    assert ada.new_browser().get("/login/code?step=made.up").status_code == 403


def test_the_step_ends_after_ten_minutes(ada: AuthHarness) -> None:
    """AS-33: a password typed long ago is typed again."""
    app, _ = set_up_app(ada.http)
    browser = ada.new_browser()
    fields = form_fields(give_password(ada, browser).text, "/login/code")
    with later(minutes=11):
        assert send_again(browser, fields | {"code": [app.now()]}).status_code == 403


def test_the_step_is_taken_once(ada: AuthHarness) -> None:
    """AS-25: the form of a step that led to a session leads to no second one."""
    _, codes = set_up_app(ada.http)
    browser = ada.new_browser()
    fields = form_fields(give_password(ada, browser).text, "/login/code")
    form_cookie = dict(browser.cookies)
    assert send_again(browser, fields | {"recovery_code": [codes[0]]}).status_code == 303
    again = ada.new_browser()
    again.cookies.update(form_cookie)
    assert send_again(again, fields | {"recovery_code": [codes[1]]}).status_code == 403
    with ada.database() as session:
        assert len(session.exec(select(RecoveryCode).where(RecoveryCode.used_at.is_(None))).all()) == 9  # type: ignore[union-attr]  # SQLModel


def test_a_new_password_ends_steps_that_the_old_one_began(ada: AuthHarness) -> None:
    """AS-37: what an old password opened half way stays shut."""
    app, _ = set_up_app(ada.http)
    browser = ada.new_browser()
    fields = form_fields(give_password(ada, browser).text, "/login/code")
    change_password(ada.http)
    with later(seconds=60):
        assert send_again(browser, fields | {"code": [app.now()]}).status_code == 403


def test_a_recovery_code_replaces_the_app_once(ada: AuthHarness) -> None:
    """AS-39: stored as digests; case and hyphens do not matter; ten are shown, once."""
    _, codes = set_up_app(ada.http)
    assert len(set(codes)) == 10
    loose = codes[3].replace("-", " ").upper()
    assert give_code(ada, ada.new_browser(), recovery_code=loose).status_code == 303
    assert give_code(ada, ada.new_browser(), recovery_code=codes[3]).status_code == 400
    assert events(ada, "recovery_code_used") == [{"left": 9}]
    with ada.database() as session:
        stored = "".join(row.digest for row in session.exec(select(RecoveryCode)))
    assert not any(code in stored for code in codes)


def test_nobody_spends_another_persons_recovery_code(ada: AuthHarness) -> None:
    """AS-39: a code is one person's."""
    _, codes = set_up_app(ada.http)
    ada.create_user("grace@example.org")
    grace = ada.new_browser()
    ada.sign_in("grace@example.org", browser=grace)
    set_up_app(grace)
    page = give_password(ada, ada.new_browser(), "grace@example.org")
    assert page.status_code == 200
    browser = ada.new_browser()
    answer = send(browser, give_password(ada, browser, "grace@example.org").text, "/login/code", recovery_code=codes[0])
    assert answer.status_code == 400


def test_new_recovery_codes_make_the_old_ones_void(ada: AuthHarness) -> None:
    """AS-39: ten new ones, by one press."""
    _, codes = set_up_app(ada.http)
    page = press(ada.http, AUTHENTICATOR, f"{AUTHENTICATOR}/change", change="codes")
    assert page.status_code == 200
    assert not any(code in page.text for code in codes)
    assert give_code(ada, ada.new_browser(), recovery_code=codes[0]).status_code == 400


def test_the_secret_is_sealed_and_shown_on_no_page_that_a_cookie_opens(ada: AuthHarness) -> None:
    """AS-115: the QR code answers a confirmed form alone, and only a code of it turns the app on."""
    app, _ = set_up_app(ada.http)
    with ada.database() as session:
        user = session.exec(select(User)).one()
        assert user.sealed_totp_secret is not None
        assert app.secret.encode() not in user.sealed_totp_secret
    assert app.secret[:4] not in ada.http.get(AUTHENTICATOR).text
    assert press(ada.http, AUTHENTICATOR, f"{AUTHENTICATOR}/change", change="off", password="").status_code == 400


def test_setting_up_asks_for_the_password_and_for_a_code(ada: AuthHarness) -> None:
    """AS-115: without either, nothing is in force."""
    for wrong in ("", "not the password"):
        assert press(ada.http, AUTHENTICATOR, f"{AUTHENTICATOR}/new", password=wrong).status_code == 400
    page = press(ada.http, AUTHENTICATOR, f"{AUTHENTICATOR}/new").text
    assert send(ada.http, page, AUTHENTICATOR, code="000000").status_code == 400
    for strange in ("x", "ü", "AAAA", ""):
        assert send(ada.http, page, AUTHENTICATOR, enrolment=strange, code="000000").status_code == 403
    assert attempt(ada, password=PASSWORD).headers["location"] == "/account/apps"


def test_an_offered_secret_belongs_to_its_session(ada: AuthHarness) -> None:
    """AS-115: nobody turns an app on in whose form they planted a secret of their own; after 15 minutes nobody does."""
    page = press(ada.http, AUTHENTICATOR, f"{AUTHENTICATOR}/new").text
    sealed = form_fields(page, AUTHENTICATOR)["enrolment"]
    other = ada.new_browser()
    ada.sign_in(browser=other)
    theirs = press(other, AUTHENTICATOR, f"{AUTHENTICATOR}/new").text
    assert send(other, theirs, AUTHENTICATOR, enrolment=sealed, code="000000").status_code == 403
    with later(minutes=16):
        assert send(ada.http, page, AUTHENTICATOR, code="000000").status_code == 403


def test_turned_off_the_password_suffices_again(ada: AuthHarness) -> None:
    """RFC 6238: and the log says who turned it off."""
    set_up_app(ada.http)
    answer = press(ada.http, AUTHENTICATOR, f"{AUTHENTICATOR}/change", change="off")
    assert answer.headers["location"] == f"{SECURITY}?done=codes-off"
    assert attempt(ada, EMAIL, PASSWORD).headers["location"] == "/account/apps"
    assert len(events(ada, "codes_turned_on")) == len(events(ada, "codes_turned_off")) == 1
