"""Signing in with other providers (OpenID Connect Core, RFC 9700 §4.4): a second Ostiary, and one that lies."""

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.models import BrowserSession, Grant, UpstreamSignIn, User
from auth_server.oauth.pkce import challenge_of
from shared.clock import epoch, now
from tests.auth_harness import later
from tests.consent_form import form_fields, own_origin
from tests.spec.upstream_place import ISSUER, Place, is_signed_in, query_of, scripted_sign_in, set_out
from tests.spec.upstream_place import browser as browser
from tests.spec.upstream_place import email as email
from tests.spec.upstream_place import place as place
from tests.spec.upstream_place import settled_place as settled_place


def test_the_press_of_the_button_sets_state_pkce_and_nonce(place: Place, browser: TestClient) -> None:
    """AS-32, RFC 7636, OIDC Core §3.1.2.1: new ones at every press, and nothing readable of them is stored."""
    first, again = (query_of(set_out(browser, "second").headers["location"]) for _ in range(2))
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != again[name]
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == f"{ISSUER}/login/back/second"
    with place.auth.database() as session:
        rows = [row.model_dump_json() for row in session.exec(select(UpstreamSignIn))]
    assert rows
    assert not [row for row in rows if first["state"] in row or first["nonce"] in row]


def test_the_verifier_belongs_to_the_challenge(place: Place, browser: TestClient, email: str) -> None:
    """AS-32, RFC 7636 §4.6: what the token endpoint gets is what the browser's request promised."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    location = set_out(browser, "scripted").headers["location"]
    browser.get(f"/login/back/scripted?{place.scripted.approve(location)}")
    [form] = place.scripted.script.asked
    assert challenge_of(form["code_verifier"]) == query_of(location)["code_challenge"]
    assert form["redirect_uri"] == f"{ISSUER}/login/back/scripted"


def test_looking_at_the_page_sets_nothing_out(browser: TestClient) -> None:
    """AS-32: neither a GET nor another site's form begins a sign-in."""
    assert browser.get("/login/with/second").status_code == 405
    assert browser.post("/login/with/second", data={}, headers=own_origin(browser)).status_code == 403
    assert browser.post("/login/with/nobody", data={}, headers=own_origin(browser)).status_code in (403, 404)


def test_an_invited_person_signs_in_with_another_ostiary(place: Place, browser: TestClient, email: str) -> None:
    """AS-32, OIDC Core §3.1: the provider's word makes the account once, and opens it from then on."""
    place.second.person(email, name="Ada Lovelace")
    place.invited(email)
    for each in (browser, place.auth.new_browser()):
        back = place.second.approve(set_out(each, "second").headers["location"], email)
        answer = each.get(back)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account/apps")
        assert is_signed_in(each)
    [user] = place.people(email)
    assert (user.name, user.has_password, user.email_verified_at is not None) == ("Ada Lovelace", False, True)
    with place.auth.database() as session:
        methods = session.exec(select(BrowserSession.methods).where(BrowserSession.user_id == user.id)).all()
    assert set(methods) == {"fed"}


def test_a_sign_in_yields_a_session_and_nothing_else(place: Place, browser: TestClient, email: str) -> None:
    """AS-32, AS-15: an app that waits behind it is asked about on its page; no grant comes of the way back."""
    client = place.auth.register()
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    wanted = browser.get("/authorize", params=place.auth.authorization_parameters(client))
    target = query_of(wanted.headers["location"])["next"]
    back = place.scripted.approve(set_out(browser, "scripted", target).headers["location"])
    answer = browser.get(f"/login/back/scripted?{back}")
    assert answer.headers["location"].startswith("/authorize?")
    assert "Connect" in browser.get(answer.headers["location"]).text
    with place.auth.database() as session:
        assert session.exec(select(Grant).where(Grant.client_id == client.id)).all() == []


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:0"])
def test_a_sign_in_leads_to_own_pages_alone(place: Place, browser: TestClient, email: str, target: str) -> None:
    """AS-36: whatever the form says."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    fields = form_fields(browser.get("/login").text, "/login/with/scripted") | {"next": [target]}
    sent = browser.post("/login/with/scripted", data=fields, headers=own_origin(browser))
    back = place.scripted.approve(sent.headers["location"])
    assert browser.get(f"/login/back/scripted?{back}").headers["location"] == "/account/apps"


def test_a_state_is_good_once(place: Place, browser: TestClient, email: str) -> None:
    """AS-32: the second delivery of an answer signs nobody in."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    back = place.scripted.approve(set_out(browser, "scripted").headers["location"])
    form_cookie = dict(browser.cookies)
    assert browser.get(f"/login/back/scripted?{back}").status_code == 303
    again = place.auth.new_browser()
    again.cookies.update(form_cookie)
    assert again.get(f"/login/back/scripted?{back}").status_code == 400
    assert not is_signed_in(again)


def test_a_state_is_good_for_ten_minutes(place: Place, browser: TestClient) -> None:
    """AS-32."""
    back = place.scripted.approve(set_out(browser, "scripted").headers["location"])
    with later(minutes=10, seconds=1):
        assert browser.get(f"/login/back/scripted?{back}").status_code == 400
    assert place.scripted.script.asked == []


def test_an_answer_belongs_to_the_browser_that_set_out(place: Place, browser: TestClient) -> None:
    """AS-32, RFC 9700 §4.7: nobody is signed in to somebody else's account by a link."""
    back = place.scripted.approve(set_out(browser, "scripted").headers["location"])
    victim = place.auth.new_browser()
    victim.get("/login")
    assert victim.get(f"/login/back/scripted?{back}").status_code == 400
    assert not is_signed_in(victim)


def test_one_provider_never_answers_for_another(place: Place, browser: TestClient) -> None:
    """AS-32, RFC 9700 §4.4: each has a way back of its own, and its code goes to no other token endpoint."""
    back = place.scripted.approve(set_out(browser, "scripted").headers["location"])
    assert browser.get(f"/login/back/other?{back}").status_code == 400
    assert browser.get(f"/login/back/second?{back}").status_code == 400
    assert place.scripted.script.asked == []


def test_sign_ins_that_nobody_completes_are_limited(browser: TestClient) -> None:
    """AS-33: by the network they come from."""
    answers = [set_out(browser, "scripted").status_code for _ in range(31)]
    assert answers[:30] == [303] * 30
    assert answers[30] == 429


def test_a_fresh_sign_in_may_be_one_with_a_provider(place: Place, browser: TestClient, email: str) -> None:
    """OIDC Core §3.1.2.1: what an app that asks for a sign-in of now is told of it."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    scripted_sign_in(place, browser)
    client = place.auth.register()
    asked = place.auth.authorization_parameters(client, scope="openid", resource=None, prompt="login")
    login = browser.get("/authorize", params=asked).headers["location"]
    fields = form_fields(browser.get(login).text, "/login/with/scripted")
    sent = browser.post("/login/with/scripted", data=fields, headers=own_origin(browser)).headers["location"]
    there = browser.get(f"/login/back/scripted?{place.scripted.approve(sent)}").headers["location"]
    assert browser.get(there).status_code == 200
    with place.auth.database() as session:
        [user] = session.exec(select(User).where(User.email == email))
        newest = max(row.authenticated_at for row in session.exec(select(BrowserSession)) if row.user_id == user.id)
    assert epoch(now()) - epoch(newest) < 60


def test_who_has_no_password_signs_in_once_more_for_an_app(place: Place, browser: TestClient, email: str) -> None:
    """AS-31: on plain http a cookie alone approves nothing, and these people cannot type a password instead."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    scripted_sign_in(place, browser)
    asked = place.auth.authorization_parameters(place.auth.register())
    assert "again=1" in browser.get("/authorize", params=asked).headers["location"]
