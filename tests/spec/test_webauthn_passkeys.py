"""Web Authentication Level 3: passkeys are added, used and removed; what proves nothing signs nobody in."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from auth_server.models import BrowserSession, User
from tests.auth_harness import AuthHarness, auth_settings, later
from tests.consent_form import form_fields, own_origin
from tests.software_authenticator import PRESENT, SoftwareAuthenticator, options_of, text
from tests.spec.code_steps import set_up_app
from tests.spec.passkey_steps import (
    ADD,
    add_passkey,
    ask_for_passkey,
    forget_password,
    passkey_of,
    sign_in_again,
    use_passkey,
)
from tests.spec.security_steps import SECURITY, events, is_signed_in, press, send
from tests.spec.sign_in_steps import NOON

REMOVE = f"{SECURITY}/passkeys/remove"


def page_of(device: SoftwareAuthenticator) -> str:
    return f"{SECURITY}/passkeys/one?passkey={text(device.id)}"


def test_a_passkey_signs_in_without_a_password_or_a_code(ada: AuthHarness) -> None:
    """§7.2, RFC 8176: it counts as strong, and the session says how the person proved who they are."""
    device = passkey_of(ada.http)
    set_up_app(ada.http)
    browser = ada.new_browser()
    assert use_passkey(ada, device, browser=browser).headers["location"] == "/account/apps"
    assert is_signed_in(browser)
    with ada.database() as session:
        assert "hwk user" in session.exec(select(BrowserSession.methods)).all()


def test_the_browser_is_asked_for_verified_people_and_discoverable_passkeys(ada: AuthHarness) -> None:
    """§5.4.4, §5.5: user verification is required, no passkey is named, and the host is our own."""
    created = options_of(ask_for_passkey(ada.http).text)
    assert created["authenticatorSelection"]["userVerification"] == "required"
    assert created["authenticatorSelection"]["residentKey"] == "required"
    assert created["rp"]["id"] == "localhost"
    used = options_of(ada.new_browser().get("/login").text)
    assert used["userVerification"] == "required"
    assert not used.get("allowCredentials")
    assert used["rpId"] == "localhost"


def test_an_answer_is_good_once(ada: AuthHarness) -> None:
    """§13.4.3: who recorded a sign-in replays it in vain."""
    device, browser = passkey_of(ada.http), ada.new_browser()
    page = browser.get("/login").text
    cookies, fields = dict(browser.cookies), form_fields(page, "/login/passkey") | {"credential": [device.use(page)]}
    assert browser.post("/login/passkey", data=fields, headers=own_origin(browser)).status_code == 303
    again = ada.new_browser()
    again.cookies.update(cookies)
    assert again.post("/login/passkey", data=fields, headers=own_origin(again)).status_code == 400
    assert not is_signed_in(again)


def test_a_challenge_is_good_in_its_browser_for_five_minutes(ada: AuthHarness) -> None:
    """§13.4.3: one from another browser's page, a made-up one, and one of long ago are refused."""
    device, stranger = passkey_of(ada.http), ada.new_browser()
    page = stranger.get("/login").text
    foreign = form_fields(page, "/login/passkey")["challenge"]
    assert use_passkey(ada, device, challenge=foreign, credential=device.use(page)).status_code == 400
    assert use_passkey(ada, device, challenge="made.up").status_code == 400
    fields = form_fields(page, "/login/passkey") | {"credential": [device.use(page)]}
    with later(minutes=6):
        assert stranger.post("/login/passkey", data=fields, headers=own_origin(stranger)).status_code == 400
    assert stranger.post("/login/passkey", data=fields, headers=own_origin(stranger)).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "http://localhost:9001"},
        {"origin": "https://localhost:9000"},
        {"origin": "http://evil.example"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},
        {"user_id": "dXNyX3g"},
        {"key": SoftwareAuthenticator().key},
    ],
    ids=lambda change: next(f"{name}-{value}" for name, value in change.items())[:30],
)
def test_what_another_page_or_device_signed_is_refused(ada: AuthHarness, change: dict[str, Any]) -> None:
    """§7.2: origin, host, user verification, user handle and signature, each exactly; the refusal is audited."""
    device = passkey_of(ada.http)
    for name, value in change.items():
        setattr(device, name, value)
    assert use_passkey(ada, device).status_code == 400
    assert len(events(ada, "sign_in_refused")) == 1


def test_a_count_that_goes_back_says_that_the_passkey_was_copied(ada: AuthHarness) -> None:
    """§6.1.1: refused, and told to whoever reads the audit log."""
    device = passkey_of(ada.http)
    assert use_passkey(ada, device).status_code == 303
    device.count = 0
    assert use_passkey(ada, device).status_code == 400
    assert events(ada, "sign_in_refused")[0]["cause"] == "sign count went back"
    device.count = 5
    assert use_passkey(ada, device).status_code == 303


def test_a_device_that_counts_nothing_is_fine(ada: AuthHarness) -> None:
    """§6.1.1: synced passkeys say 0 for ever."""
    device = passkey_of(ada.http)
    for _ in range(2):
        device.count = -1
        assert use_passkey(ada, device).status_code == 303


def test_a_removed_passkey_signs_nobody_in(ada: AuthHarness) -> None:
    """AS-115: removing asks for the password; then the passkey is unknown."""
    device = passkey_of(ada.http)
    assert press(ada.http, page_of(device), REMOVE, password="").status_code == 400
    assert use_passkey(ada, device).status_code == 303
    assert press(ada.http, page_of(device), REMOVE).headers["location"] == f"{SECURITY}?done=passkey-removed"
    assert use_passkey(ada, device).status_code == 400
    assert ada.http.get(page_of(device)).status_code == 404
    assert len(events(ada, "passkey_added")) == len(events(ada, "passkey_removed")) == 1


def test_the_last_way_in_is_not_removed(ada: AuthHarness) -> None:
    """A person without a password keeps their only passkey."""
    device = passkey_of(ada.http)
    forget_password(ada)
    confirmed = sign_in_again(ada.http, device, page_of(device))
    assert press(ada.http, confirmed, REMOVE).status_code == 409
    assert use_passkey(ada, device).status_code == 303


def test_nobody_touches_another_persons_passkey(ada: AuthHarness) -> None:
    """Its page, its name and its end are its owner's."""
    device = passkey_of(ada.http)
    ada.create_user("grace@example.org")
    grace = ada.new_browser()
    ada.sign_in("grace@example.org", browser=grace)
    own = passkey_of(grace)
    assert grace.get(page_of(device)).status_code == 404
    foreign = page_of(device).partition("=")[2]
    assert press(grace, page_of(own), REMOVE, passkey=foreign).status_code == 404
    assert press(grace, page_of(own), f"{SECURITY}/passkeys/rename", passkey=foreign, name="Mine").status_code == 404
    assert use_passkey(ada, device).status_code == 303


def test_a_passkey_gets_another_name(ada: AuthHarness) -> None:
    """One line of at most 60 characters."""
    device = passkey_of(ada.http)
    rename = f"{SECURITY}/passkeys/rename"
    for wrong in ("", "x" * 61, "a\x00b"):
        assert press(ada.http, page_of(device), rename, name=wrong).status_code == 400
    assert press(ada.http, page_of(device), rename, name=" Old  phone ").status_code == 303
    assert "Old phone" in ada.http.get(SECURITY).text


def test_adding_a_passkey_asks_for_the_password(ada: AuthHarness) -> None:
    """AS-115: who holds the cookie alone makes no key to the house."""
    for wrong in ("", "not the password"):
        assert ask_for_passkey(ada.http, password=wrong).status_code == 400
    assert ask_for_passkey(ada.http, name="").status_code == 400


def test_a_new_passkey_answers_the_challenge_of_its_own_session(ada: AuthHarness) -> None:
    """§7.1: once, and within five minutes."""
    page = ask_for_passkey(ada.http).text
    device = SoftwareAuthenticator()
    made = {"credential": device.create(page)}
    other = ada.new_browser()
    ada.sign_in(browser=other)
    theirs = ask_for_passkey(other).text
    challenge = form_fields(page, f"{SECURITY}/passkeys")["challenge"]
    assert send(other, theirs, f"{SECURITY}/passkeys", challenge=challenge, **made).status_code == 400
    with later(minutes=6):
        assert send(ada.http, page, f"{SECURITY}/passkeys", **made).status_code == 400
    assert send(ada.http, page, f"{SECURITY}/passkeys", **made).status_code == 303
    assert send(ada.http, page, f"{SECURITY}/passkeys", **made).status_code == 400


@pytest.mark.parametrize("answer", ["", "x", "{}", "[" * 9000, "x" * 20_000, '{"id":"\\ud800","rawId":"AA"}', "null"])
def test_answers_that_are_none_are_refused_politely(ada: AuthHarness, answer: str) -> None:
    """§7.1, §7.2: whatever a stranger sends is no failure of ours."""
    assert use_passkey(ada, SoftwareAuthenticator(), credential=answer).status_code == 400
    assert add_passkey(ada.http, credential=answer).status_code == 400


@pytest.mark.parametrize("name", ["\ud800", "\0", "x"])
def test_an_answer_whose_two_ids_differ_is_refused(ada: AuthHarness, name: str) -> None:
    """§7.2: a name that no database can hold is no failure of ours."""
    device = passkey_of(ada.http)
    browser = ada.new_browser()
    page = browser.get("/login").text
    answer = json.dumps(json.loads(device.use(page)) | {"id": name})
    assert send(browser, page, "/login/passkey", credential=answer).status_code == 400


def test_a_stranger_who_tries_a_passkey_fills_no_log(ada: AuthHarness) -> None:
    """The audit log is kept for ever: of one passkey it takes ten refusals in a quarter of an hour."""
    device = passkey_of(ada.http)
    for _ in range(15):
        assert use_passkey(ada, device, credential=device.use(page_of_another(ada))).status_code == 400
    assert len(events(ada, "sign_in_refused")) == 10


def page_of_another(ada: AuthHarness) -> str:
    """A sign-in page of a browser that takes no part."""
    return str(ada.new_browser().get("/login").text)


def test_a_disabled_person_has_no_passkey(ada: AuthHarness) -> None:
    """AS-34: an account that is switched off opens no way."""
    device = passkey_of(ada.http)
    with ada.database() as session:
        session.exec(select(User)).one().disabled_at = NOON
    assert use_passkey(ada, device).status_code == 400


def test_the_pages_with_the_script_allow_nothing_else(ada: AuthHarness) -> None:
    """AS-23: a nonce that is new each time, no fetch, no inline script; other pages allow no script at all."""
    for page in (ada.new_browser().get("/login"), ask_for_passkey(ada.http)):
        policy = page.headers["content-security-policy"]
        [nonce] = [part for part in policy.split("'") if part.startswith("nonce-")]
        assert f'nonce="{nonce.removeprefix("nonce-")}"' in page.text
        assert "default-src 'none'" in policy
        assert "connect-src" not in policy
        assert "base-uri 'none'; frame-ancestors 'none'" in policy
    assert ada.new_browser().get("/login").headers["content-security-policy"] != policy
    assert "script-src 'none'" in ada.http.get(ADD).headers["content-security-policy"]


def test_an_address_of_numbers_offers_no_passkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """§5.1.2: browsers know passkeys for names alone."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, issuer="http://127.0.0.1:9000"))
    auth.create_user()
    auth.sign_in()
    assert "data-passkey" not in auth.new_browser().get("/login").text
    assert ADD not in auth.http.get(SECURITY).text
