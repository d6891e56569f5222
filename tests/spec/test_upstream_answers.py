"""What another provider answers (OpenID Connect Core §3.1.3.7, RFC 9207): who does not prove it signs nobody in."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey
from starlette.testclient import TestClient

from tests.scripted_provider import CLIENT_ID, SECRET, Script
from tests.spec.upstream_place import Place, is_signed_in, query_of, scripted_sign_in, set_out
from tests.spec.upstream_place import browser as browser
from tests.spec.upstream_place import email as email
from tests.spec.upstream_place import place as place
from tests.spec.upstream_place import settled_place as settled_place


@pytest.mark.parametrize("iss", ["https://evil.example", "http://localhost:1", "x"])
def test_an_answer_that_names_another_sender_is_not_used(place: Place, browser: TestClient, iss: str) -> None:
    """AS-32, RFC 9207 §2.4."""
    assert scripted_sign_in(place, browser, iss=iss).status_code == 400
    assert place.scripted.script.asked == []


def test_a_provider_that_names_itself_always_does(place: Place, browser: TestClient, email: str) -> None:
    """RFC 9207 §2.4: the second Ostiary announces `iss`, so an answer without it is not its own."""
    place.second.person(email)
    back = place.second.approve(set_out(browser, "second").headers["location"], email)
    assert browser.get(back.partition("&iss=")[0]).status_code == 400


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "somebody else"},
        {"aud": [CLIENT_ID, "another"]},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": 2**40},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": 7},
    ],
    ids=str,
)
def test_an_id_token_that_does_not_hold_signs_nobody_in(
    place: Place, browser: TestClient, email: str, claims: dict[str, Any]
) -> None:
    """AS-32, OIDC Core §3.1.3.7: issuer, audience, nonce, time and subject."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True} | claims
    answer = scripted_sign_in(place, browser)
    assert answer.status_code == 400
    assert "could not be verified" in answer.text
    assert not is_signed_in(browser)
    assert place.people(email) == []


@pytest.mark.parametrize(
    "script",
    [
        Script(key=ECKey.generate_key("P-256", {"kid": "one"})),
        Script(key=OctKey.import_key(SECRET), header={"alg": "HS256"}),
        Script(header={"alg": "none"}),
        Script(header={"kid": "unknown"}),
    ],
    ids=["another key", "the secret", "no signature", "unknown kid"],
)
def test_an_id_token_that_the_provider_did_not_sign_signs_nobody_in(
    place: Place, browser: TestClient, script: Script
) -> None:
    """AS-32, RFC 8725 §3.1, §3.2: an allowlist of algorithms, and the provider's published keys alone."""
    script.claims = {"sub": "victim", "email": "v@example.org", "email_verified": True}
    place.scripted.script = script
    assert scripted_sign_in(place, browser).status_code == 400
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    "script",
    [
        Script(status=500, token={}),
        Script(status=400, token={"error": "invalid_grant"}),
        Script(status=200, token="no token"),
        Script(status=200, token=[]),
        Script(status=200, token={"access_token": 7}),
        Script(status=200, token={"access_token": "at", "expires_in": "x", "token_type": "Bearer"}),
        Script(status=200, token={"access_token": "at", "token_type": "Bearer", "id_token": "a.b.c"}),
        Script(status=200, token={"access_token": "at", "token_type": "Bearer", "id_token": "x" * 300_000}),
        Script(redirect="http://localhost:9000/health"),
    ],
    ids=str,
)
def test_strange_answers_get_a_page(place: Place, browser: TestClient, script: Script) -> None:
    """AS-32, AS-121: nobody is signed in, nothing is lost, and no answer of ours is a 5xx."""
    place.scripted.script = script
    answer = scripted_sign_in(place, browser)
    assert answer.status_code == 400
    assert "Reference" in answer.text


def test_a_provider_that_is_down_is_said_so(browser: TestClient) -> None:
    """AS-32: a sentence, and the other ways stay."""
    answer = set_out(browser, "down")
    assert answer.status_code == 400
    assert "does not answer right now" in answer.text


@pytest.mark.parametrize("error", ["access_denied", "server_error", "<script>"])
def test_cancelling_there_leads_back_here(browser: TestClient, error: str) -> None:
    """RFC 6749 §4.1.2.1: what the provider says is repeated nowhere."""
    state = query_of(set_out(browser, "scripted").headers["location"])["state"]
    answer = browser.get("/login/back/scripted", params={"state": state, "error": error})
    assert answer.status_code == 400
    assert "You did not sign in with Scripted" in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("query", ["", "state=a", "code=a", "state=a&state=b", "state=%00&code=%ff", "a=1&" * 600])
def test_what_belongs_to_no_sign_in_gets_a_page(browser: TestClient, query: str) -> None:
    """AS-121."""
    assert browser.get(f"/login/back/scripted?{query}").status_code in (400, 403)
    assert browser.get(f"/login/back/nobody?{query}").status_code == 404
