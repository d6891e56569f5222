"""MCP security best practices (per-client consent): the page with one button, and the way from it to the whole one."""

from tests.auth_harness import PASSWORD, answer_parameters, later
from tests.consent_form import consent_fields, form_fields, own_origin
from tests.spec.remembered import Known, is_short
from tests.spec.remembered import known as known


def test_what_was_allowed_before_is_allowed_with_one_press(known: Known) -> None:
    """AS-15, AS-27: a short page, one POST of its form, and a grant of its own with the same choice."""
    page = known.page()
    assert is_short(page)
    assert "Claude may read memories in personal and work, and write memories in work." in page
    assert "Verified domain <strong>app.example</strong>" in page
    location = known.send(consent_fields(page)).headers["location"]
    body = known.auth.redeem(known.app, answer_parameters(location)["code"]).json()
    assert body["scope"] == "memory:read memory:write offline_access"
    assert body["authorization_details"] == [
        {"type": "memory", "actions": ["read"], "namespaces": ["personal", "work"]},
        {"type": "memory", "actions": ["write"], "namespaces": ["work"]},
    ]
    lifetimes = [round((grant.expires_at - grant.created_at).total_seconds()) for grant in known.grants()]
    assert lifetimes == [2592000, 2592000]


def test_looking_at_the_short_page_grants_nothing(known: Known) -> None:
    """AS-15, OAuth 2.1 §3.1: GET issues no code, remembered or not."""
    assert is_short(known.page())
    assert len(known.grants()) == 1


def test_the_short_page_cancels_too(known: Known) -> None:
    """AS-29: access_denied."""
    location = known.send(consent_fields(known.page()) | {"decision": ["deny"]}).headers["location"]
    assert answer_parameters(location)["error"] == "access_denied"
    assert len(known.grants()) == 1


def test_the_short_page_needs_its_form_and_its_session(known: Known) -> None:
    """AS-25: once, and with the token of this session."""
    form = consent_fields(known.page())
    assert known.send(form | {"csrf_token": ["forged"]}).status_code == 403
    assert known.send(form).status_code == 303
    with later(seconds=11):
        assert known.send(form).status_code == 403


def test_the_short_page_asks_for_the_password_on_plain_http(known: Known) -> None:
    """AS-31: a cookie alone approves nothing there; the short page comes again with the sentence at its field."""
    form = consent_fields(known.page(), "not the password")
    again = known.send(form)
    assert again.status_code == 400
    assert is_short(again.text)
    assert known.send(consent_fields(again.text, PASSWORD)).status_code == 303


def test_a_link_leads_to_the_whole_page(known: Known) -> None:
    """AS-27: the same request, the earlier namespaces ticked, without JavaScript."""
    link = known.page().partition('href="/authorize?')[2].partition('"')[0].replace("&amp;", "&")
    whole = known.auth.http.get(f"/authorize?{link}").text
    assert not is_short(whole)
    assert form_fields(whole, "/authorize")["read"] == ["personal", "work"]
    assert known.send(consent_fields(whole)).status_code == 303


def test_the_link_keeps_the_proof_of_the_sign_in(known: Known) -> None:
    """AS-31: who has just signed in for this request types no password on either page."""
    browser = known.auth.new_browser()
    parameters = known.auth.authorization_parameters(known.app)
    login = browser.get("/authorize", params=parameters).headers["location"]
    fields = form_fields(browser.get(login).text, "/login") | {"email": ["ada@example.org"], "password": [PASSWORD]}
    target = browser.post("/login", data=fields, headers=own_origin(browser)).headers["location"]
    short = browser.get(target).text
    assert is_short(short)
    assert "password" not in form_fields(short, "/authorize")
    link = short.partition('href="/authorize?')[2].partition('"')[0].replace("&amp;", "&")
    assert "password" not in form_fields(browser.get(f"/authorize?{link}").text, "/authorize")


def test_the_short_page_grants_no_more_than_the_request(known: Known) -> None:
    """AS-26, AS-27: of what was allowed before, what is asked for now."""
    detail = '[{"type":"memory","actions":["read"],"namespaces":["work"]}]'
    page = known.page(scope="memory:read", authorization_details=detail)
    location = known.send(consent_fields(page)).headers["location"]
    body = known.auth.redeem(known.app, answer_parameters(location)["code"]).json()
    assert body["scope"] == "memory:read"
    assert body["authorization_details"] == [{"type": "memory", "actions": ["read"], "namespaces": ["work"]}]
