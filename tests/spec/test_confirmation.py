"""AS-115: grave forms of people without a password are confirmed by signing in again."""

from pathlib import Path

import pytest

from tests.auth_harness import AuthHarness, auth_settings, later
from tests.software_authenticator import SoftwareAuthenticator
from tests.spec.passkey_steps import ADD, ask_for_passkey, forget_password, passkey_of, sign_in_again
from tests.spec.security_steps import SECURITY, press, send


def test_without_a_password_a_cookie_alone_confirms_nothing(ada: AuthHarness) -> None:
    """AS-115: on plain http every program on this machine may hold it; the page leads to a sign-in instead."""
    passkey_of(ada.http)
    forget_password(ada)
    assert ask_for_passkey(ada.http).status_code == 400
    assert "Sign in again to go on" in ada.http.get(ADD).text


def test_signing_in_again_confirms_one_form(ada: AuthHarness) -> None:
    """AS-115: the proof is in the address of the page that opens, and good once."""
    device = passkey_of(ada.http)
    forget_password(ada)
    confirmed = sign_in_again(ada.http, device, ADD)
    page = ada.http.get(confirmed)
    assert "again=1" not in page.text
    assert press(ada.http, confirmed, ADD, name="Second").status_code == 200
    assert "again=1" in ada.http.get(confirmed).text
    assert press(ada.http, confirmed, ADD, name="Third").status_code == 400


def test_the_proof_is_worth_nothing_in_another_session_or_too_late(ada: AuthHarness) -> None:
    """AS-115: it belongs to the session it was made for, for a quarter of an hour."""
    device = passkey_of(ada.http)
    forget_password(ada)
    first = sign_in_again(ada.http, device, ADD)
    second = sign_in_again(ada.http, device, ADD)
    assert press(ada.http, first, ADD, name="Second").status_code == 400
    with later(minutes=16):
        assert press(ada.http, second, ADD, name="Second").status_code == 400
    assert press(ada.http, second, ADD, name="Second").status_code == 200


def test_a_sign_in_as_somebody_else_confirms_nothing(ada: AuthHarness) -> None:
    """AS-115: the proof is for who was signed in before."""
    ada.create_user("grace@example.org")
    grace = ada.new_browser()
    ada.sign_in("grace@example.org", browser=grace)
    theirs = passkey_of(grace)
    passkey_of(ada.http)
    forget_password(ada)
    assert sign_in_again(ada.http, theirs, ADD) == ADD


def test_with_https_a_recent_sign_in_confirms_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-115: for five minutes; then signing in again renews them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    issuer = "https://auth.example.org"
    auth = AuthHarness(auth_settings(tmp_path, issuer=issuer, mcp_url="https://mcp.example.org/mcp"))
    auth.create_user()
    auth.sign_in()
    device = SoftwareAuthenticator(origin=issuer, rp_id="auth.example.org")
    page = ask_for_passkey(auth.http)
    assert page.status_code == 200
    made = send(auth.http, page.text, f"{SECURITY}/passkeys", credential=device.create(page.text))
    assert made.status_code == 303
    forget_password(auth)
    assert ask_for_passkey(auth.http).status_code == 200
    with later(minutes=6):
        assert ask_for_passkey(auth.http).status_code == 400
        assert sign_in_again(auth.http, device, ADD) == ADD
        assert ask_for_passkey(auth.http).status_code == 200
