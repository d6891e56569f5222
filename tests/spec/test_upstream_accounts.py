"""Which account an identity of another provider opens, and which it may make (OpenID Connect Core §5.7)."""

import json
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.models import User
from shared.clock import now
from tests.spec.upstream_place import Place, is_signed_in, numbers, scripted_sign_in
from tests.spec.upstream_place import browser as browser
from tests.spec.upstream_place import email as email
from tests.spec.upstream_place import place as place
from tests.spec.upstream_place import settled_place as settled_place


def test_an_identity_is_known_by_its_subject_alone(place: Place, browser: TestClient, email: str) -> None:
    """AS-32, OIDC Core §5.7: the same person under another address, and another one under the same."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    scripted_sign_in(place, browser)
    place.scripted.script.claims |= {"email": "renamed@example.org"}
    again = place.auth.new_browser()
    assert scripted_sign_in(place, again).status_code == 303
    place.scripted.script.claims = {"sub": "another subject", "email": email, "email_verified": True}
    stranger = place.auth.new_browser()
    answer = scripted_sign_in(place, stranger)
    assert answer.status_code == 403
    assert "has an account here already" in answer.text
    assert not is_signed_in(stranger)


def test_an_address_that_merely_looks_like_an_invited_one_opens_nothing(place: Place, browser: TestClient) -> None:
    """RFC 9700 §4.15: to mail servers the Kelvin sign is no k, nor is \u00df a double s."""
    for proved, invited in (
        ("\u212aate@example.org", "kate@example.org"),
        ("we\u00df@example.org", "wess@example.org"),
    ):
        place.invited(invited)
        place.scripted.script.claims |= {"sub": proved, "email": proved, "email_verified": True}
        assert scripted_sign_in(place, browser).status_code == 403
        assert place.people(invited) == []


def test_an_address_opens_no_account_that_exists(place: Place, browser: TestClient, email: str) -> None:
    """AS-32: not even a verified one; its owner signs in with the password first, then links."""
    place.auth.create_user(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    answer = scripted_sign_in(place, browser)
    assert answer.status_code == 403
    assert "Then link Scripted" in answer.text
    assert not is_signed_in(browser)


@pytest.mark.parametrize("claims", [{}, {"email_verified": False}, {"email_verified": "true"}])
def test_an_address_that_nobody_proved_makes_no_account(
    place: Place, browser: TestClient, email: str, claims: dict[str, Any]
) -> None:
    """OIDC Core §5.1: although it was invited."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email} | claims
    answer = scripted_sign_in(place, browser)
    assert answer.status_code == 403
    assert "You have no account here" in answer.text
    assert place.people(email) == []


def test_who_was_not_invited_makes_no_account(place: Place, browser: TestClient, email: str) -> None:
    """AS-32: `sign_up` decides for identities as for everybody."""
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    assert scripted_sign_in(place, browser).status_code == 403
    assert place.people(email) == []


def test_a_disabled_account_stays_closed(place: Place, browser: TestClient, email: str) -> None:
    """AS-34: whatever the provider says."""
    place.invited(email)
    place.scripted.script.claims |= {"email": email, "email_verified": True}
    scripted_sign_in(place, browser)
    with place.auth.database() as session:
        session.exec(select(User).where(User.email == email)).one().disabled_at = now()
    again = place.auth.new_browser()
    assert scripted_sign_in(place, again).status_code == 403
    assert not is_signed_in(again)


@pytest.mark.parametrize(
    ("emails", "has_account"),
    [
        ([{"email": "{}", "primary": True, "verified": True}], True),
        ([{"email": "{}", "primary": True, "verified": False}], False),
        ([{"email": "{}", "primary": False, "verified": True}], False),
        ({"message": "Not found"}, False),
    ],
    ids=["verified", "not verified", "not primary", "no list"],
)
def test_github_says_who_by_number_and_which_address_is_proved(
    place: Place, browser: TestClient, email: str, emails: Any, *, has_account: bool
) -> None:
    """AS-32: GitHub's /user and /user/emails; an address of the profile proves nothing."""
    place.invited(email)
    place.scripted.script.user = {"id": next(numbers), "login": "ada", "email": email}
    filled = json.loads(json.dumps(emails).replace("{}", email))
    place.scripted.script.emails = filled
    assert scripted_sign_in(place, browser, "hub").status_code == (303 if has_account else 403)
    assert len(place.people(email)) == has_account


@pytest.mark.parametrize("user", [{}, {"id": "7"}, {"id": True}, [], None])
def test_a_github_user_without_a_number_is_nobody(place: Place, browser: TestClient, user: Any) -> None:
    """AS-32: names there change hands."""
    place.scripted.script.user = user
    assert scripted_sign_in(place, browser, "hub").status_code == 400
