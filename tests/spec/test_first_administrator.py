"""AS-119: the first administrator needs the one-time link from the console."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from sqlmodel import select

from auth_server.membership.setup_links import issue_setup_link
from auth_server.models import OneTimeToken, User
from tests.auth_harness import PASSWORD, AuthHarness
from tests.consent_form import form_fields, own_origin

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def issued_token(auth: AuthHarness) -> str:
    """The token of a new link."""
    with auth.database() as session:
        link = issue_setup_link(session, auth.settings)
    assert link.startswith(f"{auth.settings.issuer}/setup?token=")
    return parse_qs(urlsplit(link).query)["token"][0]


def set_up(auth: AuthHarness, token: str, email: str = "ada@example.org", password: str = PASSWORD) -> Any:
    """The setup form, sent."""
    page = auth.http.get("/setup", params={"token": token})
    if page.status_code != 200:
        return page
    fields = form_fields(page.text, "/setup") | {"email": [email], "password": [password]}
    return auth.http.post("/setup", data=fields, headers=own_origin(auth.http))


def people(auth: AuthHarness) -> list[User]:
    with auth.database() as session:
        return list(session.exec(select(User)))


def test_the_link_creates_the_administrator_and_signs_them_in(auth: AuthHarness) -> None:
    """AS-119."""
    answer = set_up(auth, issued_token(auth), "Ada@Example.org")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/apps")
    assert [(user.email, user.is_admin) for user in people(auth)] == [("ada@example.org", True)]
    assert auth.http.get("/account/apps").status_code == 200


def test_the_link_works_once(auth: AuthHarness) -> None:
    """AS-119: also for somebody who loaded the form before."""
    token = issued_token(auth)
    early = auth.new_browser()
    fields = form_fields(early.get("/setup", params={"token": token}).text, "/setup")
    assert set_up(auth, token).status_code == 303
    assert set_up(auth, token).status_code == 403
    late = early.post(
        "/setup", data=fields | {"email": ["eve@example.org"], "password": [PASSWORD]}, headers=own_origin(early)
    )
    assert late.status_code == 403
    assert len(people(auth)) == 1


def test_the_link_lives_a_day(auth: AuthHarness) -> None:
    """AS-119."""
    with time_machine.travel(NOON, tick=False) as clock:
        token = issued_token(auth)
        clock.shift(timedelta(hours=24, seconds=1))
        assert set_up(auth, token).status_code == 403


def test_a_new_link_ends_the_earlier_one(auth: AuthHarness) -> None:
    """AS-119: what scrolled away on the console is worth nothing."""
    earlier, later = issued_token(auth), issued_token(auth)
    assert set_up(auth, earlier).status_code == 403
    assert set_up(auth, later).status_code == 303


def test_no_link_works_beside_an_administrator(auth: AuthHarness) -> None:
    """AS-119: it is for the first one."""
    token = issued_token(auth)
    auth.create_user("boss@example.org", is_admin=True)
    assert set_up(auth, token).status_code == 403


@pytest.mark.parametrize("token", ["", "setup_unknown", "\x00", "é" * 1000])
def test_nobody_becomes_administrator_without_the_link(auth: AuthHarness, token: str) -> None:
    """AS-119."""
    issued_token(auth)
    assert set_up(auth, token).status_code == 403
    assert people(auth) == []


def test_the_link_is_stored_as_a_digest(auth: AuthHarness) -> None:
    """AS-119, AS-39."""
    token = issued_token(auth)
    with auth.database() as session:
        assert token not in [row.digest for row in session.exec(select(OneTimeToken))]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("not an address", PASSWORD),
        ("ada@", PASSWORD),
        ("a@b@c", PASSWORD),
        ("ada\u202e@example.org", PASSWORD),
        ("a" * 250 + "@example.org", PASSWORD),
        ("ada@example.org", "eleven char"),
        ("ada@example.org", "é" * 513),
    ],
)
def test_what_makes_no_account_leaves_the_link_good(auth: AuthHarness, email: str, password: str) -> None:
    """AS-119, AS-35: the form comes back with a sentence at the field, and nothing was spent."""
    token = issued_token(auth)
    answer = set_up(auth, token, email, password)
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert people(auth) == []
    assert set_up(auth, token).status_code == 303
