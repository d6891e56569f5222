"""RFC 9700 §4.11 to §4.13 and OAuth 2.1 §7.7: signing in and out."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from auth_server.models import User
from auth_server.passwords import PasswordVerifier
from tests.auth_harness import PASSWORD, AuthHarness, auth_settings
from tests.consent_form import form_fields, own_origin
from tests.spec.sign_in_steps import EMAIL, NOON, attempt


def test_the_answer_to_a_login_is_303(auth: AuthHarness) -> None:
    """AS-13, RFC 9700 §4.12: a 307 would send the password on."""
    auth.create_user()
    assert attempt(auth, password=PASSWORD).status_code == 303


MADE_ANEW = re.compile(r'nonce="[^"]*"|data-options="[^"]*"|name="challenge" value="[^"]*"')
"""What no two pages share: the script's nonce and the question to a passkey."""


def test_unknown_wrong_and_disabled_are_one_answer(auth: AuthHarness) -> None:
    """AS-34, OAuth 2.1 §7.7: same status, same body, and exactly one argon2 verification each."""
    auth.create_user()
    auth.create_user("gone@example.org")
    with auth.database() as session:
        session.exec(select(User).where(User.email == "gone@example.org")).one().disabled_at = NOON
    passwords = auth.app.state.page_services.passwords
    browser, answers = auth.new_browser(), []
    for email, password in ((EMAIL, "wrong"), ("nobody@example.org", PASSWORD), ("gone@example.org", PASSWORD)):
        before = passwords.verifications
        answer = attempt(auth, email, password, browser=browser)
        assert passwords.verifications == before + 1
        answers.append((answer.status_code, MADE_ANEW.sub("", answer.text.replace(email, ""))))
    assert len(set(answers)) == 1
    assert answers[0][0] == 400


def test_a_password_beyond_1024_bytes_is_not_hashed(auth: AuthHarness) -> None:
    """AS-35: the cap comes before the hash, and the answer is that of any wrong password."""
    auth.create_user()
    passwords = auth.app.state.page_services.passwords
    assert attempt(auth, password="é" * 513).status_code == 400
    assert passwords.verifications == 0


@pytest.mark.usefixtures("true_password_cost")
def test_a_weaker_hash_is_replaced_when_its_password_comes(auth: AuthHarness) -> None:
    """AS-35: parameters rise without anybody noticing; the stored hash names argon2id."""
    auth.create_user()
    with auth.database() as session:
        session.exec(select(User)).one().password_hash = PasswordHasher(1, 1024, 1).hash(PASSWORD)
    assert attempt(auth, password="wrong").status_code == 400
    assert "m=1024,t=1" in stored_hash(auth)
    assert attempt(auth, password=PASSWORD).status_code == 303
    assert stored_hash(auth).startswith("$argon2id$v=19$m=65536,t=2,p=1$")
    assert attempt(auth, password=PASSWORD).status_code == 303


def stored_hash(auth: AuthHarness) -> str:
    with auth.database() as session:
        return session.exec(select(User)).one().password_hash


@pytest.mark.usefixtures("true_password_cost")
def test_more_sign_ins_than_cores_can_take_are_told_to_come_back(tmp_path: Path, monkeypatch: Any) -> None:
    """AS-114: a full argon2 queue answers 503 with Retry-After, and every other page still answers."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, login_attempts=10_000))
    # A machine with one core, whatever the one is that runs this.
    auth.app.state.page_services = replace(auth.app.state.page_services, passwords=PasswordVerifier(cores=1))
    with auth.http, ThreadPoolExecutor(39) as crowd:
        browser = auth.http
        fields = form_fields(browser.get("/login").text, "/login") | {"email": [EMAIL], "password": ["wrong"]}
        posts = [crowd.submit(browser.post, "/login", data=fields, headers=own_origin(browser)) for _ in range(60)]
        assert browser.get("/login").status_code == 200
        answers = [post.result() for post in posts]
    assert {answer.status_code for answer in answers} == {400, 503}
    assert all(answer.headers["retry-after"].isdigit() for answer in answers if answer.status_code == 503)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/a\r\nLocation: https://evil.example",
        "/é",
        "evil.example",
        "",
    ],
)
def test_next_leads_to_own_paths_alone(auth: AuthHarness, target: str) -> None:
    """AS-36, RFC 9700 §4.11: anything else leads home."""
    auth.create_user()
    answer = attempt(auth, password=PASSWORD, next=[target])
    assert answer.headers["location"] == "/account/apps"
    auth.sign_in()
    assert auth.http.get("/login", params={"next": target}).headers["location"] == "/account/apps"


def test_next_leads_back_to_the_request_that_waited(auth: AuthHarness) -> None:
    """AS-36: an own path with its query survives the detour byte for byte."""
    auth.create_user()
    answer = attempt(auth, password=PASSWORD, next=["/authorize?state=%C3%A9%20x&a=b+c"])
    assert answer.headers["location"].startswith("/authorize?state=%C3%A9%20x&a=b+c&signed_in=")


def test_next_is_never_changed_with_https(tmp_path: Path, monkeypatch: Any) -> None:
    """AS-36: there the cookie is this server's alone, and needs no proof beside it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, issuer="https://auth.example.org", mcp_url="https://m.example.org/mcp"))
    auth.create_user()
    answer = attempt(auth, password=PASSWORD, next=["/authorize?state=%C3%A9%20x&a=b+c"])
    assert answer.headers["location"] == "/authorize?state=%C3%A9%20x&a=b+c"


def test_a_login_form_without_its_token_is_refused(auth: AuthHarness) -> None:
    """AS-90: the right password is not enough."""
    auth.create_user()
    assert attempt(auth, password=PASSWORD, csrf_token=[]).status_code == 403
    assert attempt(auth, password=PASSWORD, csrf_token=["csrf_" + "A" * 43]).status_code == 403


def test_a_login_token_works_in_the_browser_that_got_it_alone(auth: AuthHarness) -> None:
    """AS-90: an attacker's own form, planted in another browser, signs nobody in."""
    auth.create_user()
    foreign = form_fields(auth.new_browser().get("/login").text, "/login")["csrf_token"]
    assert attempt(auth, password=PASSWORD, csrf_token=foreign).status_code == 403


def test_a_login_form_of_another_origin_is_refused(auth: AuthHarness) -> None:
    """AS-90, AS-91: another port of localhost shares our cookies, and is told apart by its Origin."""
    auth.create_user()
    assert attempt(auth, password=PASSWORD, headers={"Origin": "http://localhost:3000"}).status_code == 403


def test_two_tabs_of_the_login_page_both_work(auth: AuthHarness) -> None:
    """AS-90: the token binds to the browser, not to the page."""
    auth.create_user()
    browser = auth.new_browser()
    first = form_fields(browser.get("/login").text, "/login")
    browser.get("/login")
    answer = browser.post(
        "/login", data=first | {"email": [EMAIL], "password": [PASSWORD]}, headers=own_origin(browser)
    )
    assert answer.status_code == 303
