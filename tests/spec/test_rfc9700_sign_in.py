"""RFC 9700 §4.11 to §4.13 and OAuth 2.1 §7.7: signing in and out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher
from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.models import BrowserSession, User
from auth_server.passwords import PasswordVerifier
from tests.auth_harness import PASSWORD, AuthHarness, auth_settings
from tests.consent_form import form_fields, own_origin

EMAIL = "ada@example.org"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def attempt(auth: AuthHarness, email: str = EMAIL, password: str = "wrong", **changes: Any) -> Any:
    """One sign-in form, sent from a fresh browser unless `browser` is given."""
    browser: TestClient = changes.pop("browser", None) or auth.new_browser()
    headers = own_origin(browser) | changes.pop("headers", {})
    fields = form_fields(browser.get("/login").text, "/login") | {"email": [email], "password": [password]}
    return browser.post("/login", data=fields | changes, headers=headers)


def session_cookie(auth: AuthHarness, browser: TestClient) -> str | None:
    """The value of the session cookie, if there is one."""
    return browser.cookies.get(auth.app.state.page_services.cookies.session)


def test_the_answer_to_a_login_is_303(auth: AuthHarness) -> None:
    """AS-13, RFC 9700 §4.12: a 307 would send the password on."""
    auth.create_user()
    assert attempt(auth, password=PASSWORD).status_code == 303


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
        answers.append((answer.status_code, answer.text.replace(email, "")))
    assert len(set(answers)) == 1
    assert answers[0][0] == 400


def test_a_password_beyond_1024_bytes_is_not_hashed(auth: AuthHarness) -> None:
    """AS-35: the cap comes before the hash, and the answer is that of any wrong password."""
    auth.create_user()
    passwords = auth.app.state.page_services.passwords
    assert attempt(auth, password="é" * 513).status_code == 400
    assert passwords.verifications == 0


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


def test_the_eleventh_attempt_at_an_account_waits(auth: AuthHarness) -> None:
    """AS-33, RFC 9700 §4.13: from any address; after a quarter of an hour the account is open again."""
    auth.create_user()
    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(10):
            assert from_address(auth, f"192.0.2.{number}").status_code == 400
        refused = from_address(auth, "192.0.2.99", password=PASSWORD)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 15 * 60
        clock.shift(timedelta(minutes=15, seconds=1))
        assert from_address(auth, "192.0.2.99", password=PASSWORD).status_code == 303


def test_who_keeps_guessing_waits_for_hours(auth: AuthHarness) -> None:
    """AS-33: the delay grows: the sixth window of guesses at one account has to wait until the next day."""
    auth.create_user()
    with time_machine.travel(NOON, tick=False) as clock:
        for window in range(5):
            for number in range(10):
                assert from_address(auth, f"192.0.{window}.{number}").status_code == 400
            clock.shift(timedelta(minutes=16))
        refused = from_address(auth, "192.0.2.99")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 12 * 60 * 60


def test_an_unknown_account_is_limited_like_a_known_one(auth: AuthHarness) -> None:
    """AS-33, AS-34: the limit tells nobody who has an account."""
    answers = [from_address(auth, f"192.0.2.{number}", email="nobody@example.org") for number in range(11)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429]


def test_one_address_has_ten_attempts_whoever_it_tries(auth: AuthHarness) -> None:
    """AS-33, RFC 9700 §4.13."""
    answers = [from_address(auth, "198.51.100.7", email=f"{number}@example.org") for number in range(11)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429]
    assert from_address(auth, "198.51.100.8", email="11@example.org").status_code == 400


def test_a_household_of_ipv6_addresses_is_one_address(auth: AuthHarness) -> None:
    """AS-33: whoever has one /64 has four billion times four billion addresses."""
    answers = [from_address(auth, f"2001:db8::{number}", email=f"{number}@example.org") for number in range(1, 12)]
    assert answers[-1].status_code == 429


def test_a_device_that_signed_in_before_is_not_locked_out(auth: AuthHarness) -> None:
    """AS-33: somebody else's guesses at an account do not stop its owner at their own browser."""
    auth.create_user()
    auth.sign_in()
    auth.http.cookies.delete(auth.app.state.page_services.cookies.session)
    for number in range(11):
        last = from_address(auth, f"192.0.2.{number}")
    assert last.status_code == 429
    assert attempt(auth, password=PASSWORD, browser=auth.http).status_code == 303


def test_a_known_device_has_a_limit_of_its_own(auth: AuthHarness) -> None:
    """AS-33: a stolen device cookie is no licence to guess."""
    auth.create_user()
    auth.sign_in()
    device = dict(auth.http.cookies)[auth.app.state.page_services.cookies.device]
    assert [from_address(auth, f"192.0.3.{number}").status_code for number in range(11)][-1] == 429
    answers = [from_address(auth, f"192.0.2.{number}", device=device) for number in range(11)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429]


def test_signing_in_rightly_uses_up_nothing(auth: AuthHarness) -> None:
    """AS-33: a household, an office or a test suite behind one address signs in as often as it likes."""
    auth.create_user()
    answers = [from_address(auth, "198.51.100.7", password=PASSWORD) for _ in range(11)]
    assert {answer.status_code for answer in answers} == {303}


def test_a_right_password_does_not_forgive_the_addresss_wrong_ones(auth: AuthHarness) -> None:
    """AS-33: an account of one's own is no licence to try everybody else's."""
    auth.create_user()
    for number in range(10):
        assert from_address(auth, "198.51.100.7", email=f"{number}@example.org").status_code == 400
        if number == 8:
            assert from_address(auth, "198.51.100.7", password=PASSWORD).status_code == 303
    assert from_address(auth, "198.51.100.7", email="11@example.org").status_code == 429


def test_guesses_next_door_do_not_lock_out_a_known_device(auth: AuthHarness) -> None:
    """AS-33: whoever shares an address with somebody cannot keep them out."""
    auth.create_user()
    auth.sign_in()
    device = dict(auth.http.cookies)[auth.app.state.page_services.cookies.device]
    for number in range(11):
        last = from_address(auth, "198.51.100.7", email=f"{number}@example.org")
    assert last.status_code == 429
    assert from_address(auth, "198.51.100.7", password=PASSWORD, device=device).status_code == 303


def from_address(
    auth: AuthHarness, address: str, email: str = EMAIL, password: str = "wrong", device: str | None = None
) -> Any:
    """One attempt by a connection from `address`."""
    browser = TestClient(auth.app, base_url=auth.settings.issuer, follow_redirects=False, client=(address, 50000))
    if device:
        browser.cookies.set(auth.app.state.page_services.cookies.device, device, domain="localhost.local", path="/")
    return attempt(auth, email, password, browser=browser)


def test_forwarded_addresses_of_strangers_are_not_believed(auth: AuthHarness) -> None:
    """AS-33: the key is the real peer; a header that anybody can write does not make a new one."""
    answers = [
        attempt(auth, f"{number}@example.org", headers={"X-Forwarded-For": f"203.0.113.{number}"})
        for number in range(11)
    ]
    assert answers[-1].status_code == 429


def test_forwarded_addresses_of_a_trusted_proxy_are_the_peer(tmp_path: Path, monkeypatch: Any) -> None:
    """AS-33: behind a configured proxy people do not share one limit."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, trusted_proxies="10.0.0.0/8"))
    proxied = [
        attempt(
            auth,
            f"{number}@example.org",
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
            browser=TestClient(auth.app, base_url=auth.settings.issuer, client=("10.0.0.1", 1), follow_redirects=False),
        )
        for number in range(11)
    ]
    assert {answer.status_code for answer in proxied} == {400}


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


def test_a_login_gets_a_new_session_and_ends_the_one_the_browser_brought(auth: AuthHarness) -> None:
    """AS-31: session fixation; whoever planted or knew the earlier cookie is left with nothing."""
    auth.create_user()
    auth.sign_in()
    earlier = session_cookie(auth, auth.http)
    assert with_cookie(auth, earlier).status_code == 200
    answer = sign_in_again(auth)
    later = next(line for line in answer.headers.get_list("set-cookie") if "=bs_" in line)
    assert str(earlier) not in later
    assert with_cookie(auth, earlier).status_code == 303


def sign_in_again(auth: AuthHarness) -> Any:
    """The form of a browser that still has its session cookie, as when it was opened before in another tab."""
    cookies = auth.app.state.page_services.cookies
    stranger = auth.new_browser()
    fields = form_fields(stranger.get("/login").text, "/login") | {"email": [EMAIL], "password": [PASSWORD]}
    jar = {cookies.form: stranger.cookies[cookies.form], cookies.session: session_cookie(auth, auth.http)}
    both = "; ".join(f"{name}={value}" for name, value in jar.items())
    return auth.new_browser().post("/login", data=fields, headers=own_origin(stranger) | {"Cookie": both})


def with_cookie(auth: AuthHarness, value: str | None) -> Any:
    """What somebody sees who holds nothing but this session cookie."""
    name = auth.app.state.page_services.cookies.session
    return auth.new_browser().get("/account/apps", headers={"Cookie": f"{name}={value}"})


def test_the_cookie_on_loopback_is_this_installations_own(auth: AuthHarness) -> None:
    """AS-31: unprefixed, not Secure (Safari would drop it), HttpOnly, SameSite=Lax, named by the installation."""
    auth.create_user()
    cookies = attempt(auth, password=PASSWORD).headers.get_list("set-cookie")
    session = next(line for line in cookies if "=bs_" in line)
    assert session.startswith(f"ostiary_auth_{auth.services.installation.short_id}=")
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Path=/" in session
    assert "Secure" not in session
    assert "Domain" not in session


def test_the_cookie_with_https_is_host_bound(tmp_path: Path, monkeypatch: Any) -> None:
    """AS-31: `__Host-`, Secure, HttpOnly, SameSite=Lax."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(
        auth_settings(tmp_path, issuer="https://auth.example.org", mcp_url="https://mcp.example.org/mcp")
    )
    auth.create_user()
    cookies = attempt(auth, password=PASSWORD).headers.get_list("set-cookie")
    session = next(line for line in cookies if "=bs_" in line)
    assert session.startswith("__Host-ostiary_auth=")
    assert all(attribute in session for attribute in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    assert all(line.startswith("__Host-") for line in cookies)


def test_the_cookie_is_stored_as_a_digest(ada: AuthHarness) -> None:
    """AS-31, AS-39: whoever reads the database signs in as nobody."""
    cookie = session_cookie(ada, ada.http)
    with ada.database() as session:
        assert cookie not in [row.digest for row in session.exec(select(BrowserSession))]


def test_an_idle_browser_is_signed_out(auth: AuthHarness) -> None:
    """AS-31: 14 days without a page end the session; a page within them keeps it."""
    with time_machine.travel(NOON, tick=False) as clock:
        auth.create_user()
        auth.sign_in()
        for _ in range(3):
            clock.shift(timedelta(days=13))
            assert auth.http.get("/account/apps").status_code == 200
        clock.shift(timedelta(days=14, seconds=1))
        assert auth.http.get("/account/apps").headers["location"].startswith("/login?")


def test_a_browser_in_use_is_signed_out_in_the_end(auth: AuthHarness) -> None:
    """AS-31: 60 days after signing in, however busy the browser was."""
    with time_machine.travel(NOON, tick=False) as clock:
        auth.create_user()
        auth.sign_in()
        for _ in range(5):
            clock.shift(timedelta(days=11))
            assert auth.http.get("/account/apps").status_code == 200
        clock.shift(timedelta(days=5))
        assert auth.http.get("/account/apps").status_code == 303


def test_signing_out_ends_the_session_on_the_server(ada: AuthHarness) -> None:
    """AS-31: a copy of the cookie is worth nothing afterwards."""
    copy = session_cookie(ada, ada.http)
    assert with_cookie(ada, copy).status_code == 200
    fields = form_fields(ada.http.get("/account/apps").text, "/logout")
    assert ada.http.post("/logout", data=fields, headers=own_origin(ada.http)).status_code == 303
    assert with_cookie(ada, copy).status_code == 303


def test_another_site_signs_nobody_out(ada: AuthHarness) -> None:
    """AS-91: its form comes without our cookie (SameSite=Lax), and the answer takes none away."""
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
        answer = ada.new_browser().post("/logout", headers=headers)
        assert answer.status_code in (303, 403)
        assert "set-cookie" not in answer.headers


def test_a_disabled_person_is_signed_out_everywhere(ada: AuthHarness) -> None:
    """AS-34: an account that is switched off has no session either."""
    with ada.database() as session:
        session.exec(select(User)).one().disabled_at = NOON
    assert ada.http.get("/account/apps").status_code == 303


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
