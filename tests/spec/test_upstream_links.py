"""Identities of other providers, linked to an account and taken off again (OpenID Connect Core §5.7)."""

from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.models import LinkedIdentity, User
from tests.auth_harness import PASSWORD
from tests.consent_form import form_fields, own_origin
from tests.spec.upstream_place import SECURITY, Place, confirmed, is_signed_in, numbers, scripted_sign_in
from tests.spec.upstream_place import browser as browser
from tests.spec.upstream_place import email as email
from tests.spec.upstream_place import place as place
from tests.spec.upstream_place import settled_place as settled_place


def linked(place: Place, browser: TestClient, provider: str = "scripted") -> Any:
    """Links the provider; the answer of the way back."""
    back = place.scripted.approve(confirmed(browser, provider, "link").headers["location"])
    return browser.get(f"/login/back/{provider}?{back}")


@pytest.fixture
def ada(place: Place, browser: TestClient, email: str) -> TestClient:
    """Somebody with a password, signed in."""
    place.auth.create_user(email)
    place.auth.sign_in(email, browser=browser)
    return browser


def test_a_linked_identity_signs_its_owner_in(place: Place, ada: TestClient) -> None:
    """AS-32: linked on the page Security, whatever address the provider has."""
    answer = linked(place, ada)
    assert answer.headers["location"] == f"{SECURITY}?done=linked"
    assert "Linked" in ada.get(SECURITY).text
    again = place.auth.new_browser()
    assert scripted_sign_in(place, again).status_code == 303
    assert is_signed_in(again)


def test_several_providers_open_one_account(place: Place, ada: TestClient, email: str) -> None:
    """AS-32: an OpenID provider, GitHub and a second Ostiary side by side."""
    place.second.person(f"elsewhere-{email}")
    place.scripted.script.user = {"id": next(numbers)}
    assert linked(place, ada).status_code == linked(place, ada, "hub").status_code == 303
    location = confirmed(ada, "second", "link").headers["location"]
    ada.get(place.second.approve(location, f"elsewhere-{email}"))
    [user] = place.people(email)
    with place.auth.database() as session:
        known = session.exec(select(LinkedIdentity.provider).where(LinkedIdentity.user_id == user.id)).all()
    assert set(known) == {"scripted", "hub", "second"}


@pytest.mark.parametrize("action", ["link", "unlink"])
def test_linking_takes_the_password_on_plain_http(place: Place, ada: TestClient, action: str) -> None:
    """AS-115: a session cookie alone adds no way to sign in, and takes none away."""
    if action == "unlink":
        linked(place, ada)
    path = f"{SECURITY}/providers/scripted"
    fields = form_fields(ada.get(path).text, f"{path}/{action}")
    assert ada.post(f"{path}/{action}", data=fields, headers=own_origin(ada)).status_code == 400
    assert ada.post(f"{path}/{action}", data={"password": PASSWORD}, headers=own_origin(ada)).status_code == 403


def test_a_link_belongs_to_the_person_who_asked_for_it(place: Place, ada: TestClient, email: str) -> None:
    """AS-32: signed in as somebody else by the time the provider answers, nothing is linked."""
    back = place.scripted.approve(confirmed(ada, "scripted", "link").headers["location"])
    place.auth.create_user(f"other-{email}")
    ada.cookies.clear()
    place.auth.sign_in(f"other-{email}", browser=ada)
    assert ada.get(f"/login/back/scripted?{back}").status_code == 400


def test_one_identity_opens_one_account(place: Place, ada: TestClient, email: str) -> None:
    """AS-32: it is not moved by whoever holds it now."""
    linked(place, ada)
    place.auth.create_user(f"other-{email}")
    other = place.auth.new_browser()
    place.auth.sign_in(f"other-{email}", browser=other)
    answer = linked(place, other)
    assert answer.status_code == 409
    assert "belongs to somebody else" in answer.text


def test_an_unlinked_identity_signs_nobody_in(place: Place, ada: TestClient) -> None:
    """AS-32."""
    linked(place, ada)
    assert confirmed(ada, "scripted", "unlink").headers["location"] == f"{SECURITY}?done=unlinked"
    again = place.auth.new_browser()
    assert scripted_sign_in(place, again).status_code == 403
    assert not is_signed_in(again)


def test_the_last_way_to_sign_in_stays(place: Place, ada: TestClient, email: str) -> None:
    """AS-32: nobody locks themselves out of their account."""
    linked(place, ada)
    path = f"{SECURITY}/providers/scripted"
    fields = form_fields(ada.get(path).text, f"{path}/unlink") | {"password": [PASSWORD]}
    with place.auth.database() as session:
        user = session.exec(select(User).where(User.email == email)).one()
        kept, user.password_hash = user.password_hash, ""
    assert ada.post(f"{path}/unlink", data=fields, headers=own_origin(ada)).status_code == 400
    with place.auth.database() as session:
        session.exec(select(User).where(User.email == email)).one().password_hash = kept
    assert confirmed(ada, "scripted", "unlink").status_code == 303
