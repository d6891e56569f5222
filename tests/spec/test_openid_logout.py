"""OpenID Connect RP-Initiated Logout 1.0: an app sends somebody here to sign out."""

from typing import Any

import pytest

from tests.auth_harness import CALLBACK, AuthHarness, RegisteredClient, later
from tests.consent_form import form_fields, own_origin
from tests.openid_steps import identity

GONE = "https://app.example/gone?a=b"


def leaving(auth: AuthHarness, **query: Any) -> Any:
    """The answer to the GET."""
    return auth.http.get("/end-session", params=query)


def leave(auth: AuthHarness, page: Any) -> Any:
    """Presses Sign out."""
    return auth.http.post("/end-session", data=form_fields(page.text, "/end-session"), headers=own_origin(auth.http))


@pytest.fixture
def client(ada: AuthHarness) -> RegisteredClient:
    """An app that registered where it wants people back."""
    return ada.register(client_name="Notes", post_logout_redirect_uris=[GONE])


def test_signing_out_is_asked_then_done(ada: AuthHarness, client: RegisteredClient) -> None:
    """RP-Initiated Logout §2, §3: GET changes nothing; POST ends the session and returns the state byte for byte."""
    hint = identity(ada, client)["id_token"]
    page = leaving(ada, id_token_hint=hint, post_logout_redirect_uri=GONE, state="s t/ü&")
    assert "Notes" in page.text
    assert ada.http.get("/account/apps").status_code == 200
    answer = leave(ada, page)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{GONE}&state=s%20t%2F%C3%BC%26")
    assert ada.http.get("/account/apps").status_code == 303


def test_connected_apps_stay_connected(ada: AuthHarness, client: RegisteredClient) -> None:
    """RP-Initiated Logout §2: it is the browser that signs out."""
    tokens = identity(ada, client)
    leave(ada, leaving(ada, id_token_hint=tokens["id_token"]))
    assert ada.refresh(client, tokens["refresh_token"]).status_code == 200


def test_a_hint_may_have_expired(ada: AuthHarness, client: RegisteredClient) -> None:
    """RP-Initiated Logout §4: the id_token of the sign-in is old by the time somebody signs out."""
    hint = identity(ada, client)["id_token"]
    with later(days=3):
        page = leaving(ada, id_token_hint=hint, post_logout_redirect_uri=GONE)
        assert leave(ada, page).headers["location"] == GONE


@pytest.mark.parametrize(
    "uri", [GONE + "#", GONE.upper(), "https://app.example/gone", "https://evil.example", CALLBACK]
)
def test_nobody_is_sent_where_no_app_registered(ada: AuthHarness, client: RegisteredClient, uri: str) -> None:
    """AS-2, RP-Initiated Logout §3: exact, and a redirect URI of codes is another thing; the session stays."""
    answer = leaving(ada, client_id=client.id, post_logout_redirect_uri=uri)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert uri not in answer.text
    form = {"client_id": client.id, "post_logout_redirect_uri": uri}
    token = form_fields(leaving(ada).text, "/end-session")["csrf_token"]
    assert (
        ada.http.post("/end-session", data=form | {"csrf_token": token}, headers=own_origin(ada.http)).status_code
        == 400
    )
    assert ada.http.get("/account/apps").status_code == 200


def test_an_address_needs_an_app(ada: AuthHarness) -> None:
    """RP-Initiated Logout §3: without hint and client_id nobody can say whose it is."""
    assert leaving(ada, post_logout_redirect_uri=GONE).status_code == 400


def test_a_hint_of_another_app_is_refused(ada: AuthHarness, client: RegisteredClient) -> None:
    """RP-Initiated Logout §2: client_id and the id_token have to be of one app."""
    hint = identity(ada, ada.register())["id_token"]
    assert leaving(ada, id_token_hint=hint, client_id=client.id).status_code == 400


def test_who_is_signed_out_finds_a_link_and_no_redirect(ada: AuthHarness, client: RegisteredClient) -> None:
    """AS-12: an anonymous browser is never sent on, for anybody may register an app."""
    answer = ada.new_browser().get("/end-session", params={"client_id": client.id, "post_logout_redirect_uri": GONE})
    assert answer.status_code == 200
    assert "Go back to app.example" in answer.text


def test_no_other_page_signs_anybody_out(ada: AuthHarness) -> None:
    """AS-91: the form of our own page, in this session."""
    for headers in ({"Origin": "https://evil.example"}, own_origin(ada.http)):
        assert ada.http.post("/end-session", data={}, headers=headers).status_code == 403
    assert ada.http.get("/account/apps").status_code == 200


@pytest.mark.parametrize("query", ["state=%00%0d%0a", "client_id=%ff", "id_token_hint=a&id_token_hint=b", "a=1&" * 600])
def test_strange_requests_get_a_page(ada: AuthHarness, query: str) -> None:
    """AS-121."""
    assert ada.http.get(f"/end-session?{query}").status_code in (200, 400)


@pytest.mark.parametrize("uris", ["https://a.example", ["javascript:alert(1)"], [GONE] * 11, [7]])
def test_addresses_after_signing_out_are_as_safe_as_others(ada: AuthHarness, uris: Any) -> None:
    """AS-66, RP-Initiated Logout §3.1."""
    answer = ada.http.post("/register", json={"redirect_uris": [CALLBACK], "post_logout_redirect_uris": uris})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_redirect_uri")


def test_a_registration_says_them_back(ada: AuthHarness, client: RegisteredClient) -> None:
    """RFC 7591 §3.2.1: what was registered, and nothing where nothing was."""
    assert client.information["post_logout_redirect_uris"] == [GONE]
    assert "post_logout_redirect_uris" not in ada.register().information
