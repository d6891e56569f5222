"""RFC 6265bis and MCP security best practices: the session cookie, from sign-in to its end."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine
from sqlmodel import select

from auth_server.models import BrowserSession, User
from tests.auth_harness import PASSWORD, AuthHarness, auth_settings
from tests.consent_form import form_fields, own_origin
from tests.spec.sign_in_steps import EMAIL, NOON, attempt, session_cookie


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
