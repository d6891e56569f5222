"""Invitations: one link, one account."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import Session

from auth_server.administration.accounts import disable_account, unmake_administrator
from auth_server.membership.erasures import delete_account
from auth_server.membership.invitations import open_invitations, revoke_invitation
from auth_server.models import User
from auth_server.people import InvalidPersonError
from auth_server.settings import SignUp
from tests.account_steps import GRACE, accept, audited_of, everybody, invited, person
from tests.auth_harness import AuthHarness, later

PARALLEL = 8


def test_an_invitation_makes_an_account_and_signs_it_in(auth: AuthHarness) -> None:
    answer = accept(auth.http, invited(auth), email="Grace@Example.org", name="Grace  Hopper")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/apps")
    assert auth.http.get("/account/apps").status_code == 200
    grace = person(auth, GRACE)
    assert grace is not None
    assert (grace.name, grace.is_admin, grace.email_verified_at) == ("Grace Hopper", False, None)


def test_looking_does_not_spend_an_invitation(auth: AuthHarness) -> None:
    token = invited(auth)
    for _ in range(2):
        assert auth.http.get(f"/invitation?token={token}").status_code == 200
    assert accept(auth.http, token, email=GRACE).status_code == 303


def test_an_invitation_works_once(auth: AuthHarness) -> None:
    token = invited(auth)
    accept(auth.http, token, email=GRACE)
    assert accept(auth.new_browser(), token, email="eve@example.org").status_code == 403
    assert everybody(auth) == [GRACE]


def test_accepting_at_the_same_moment_makes_one_account(auth: AuthHarness) -> None:
    """AS-45 for accounts: everybody has the form open, and the database decides."""
    token = invited(auth)
    browsers = [auth.new_browser() for _ in range(PARALLEL)]
    with ThreadPoolExecutor(PARALLEL) as threads:
        sent = [
            threads.submit(accept, browser, token, email=f"grace{number}@example.org")
            for number, browser in enumerate(browsers)
        ]
    assert sorted(one.result().status_code for one in sent) == [303] + [403] * (PARALLEL - 1)
    assert len(everybody(auth)) == 1


@pytest.mark.parametrize("end", [unmake_administrator, disable_account, "delete"])
def test_an_invitation_ends_with_the_rights_of_whoever_made_it(auth: AuthHarness, end: Any) -> None:
    """AS-65: an administrator who is none any more has left no door by which to come back as one."""
    auth.create_user(is_admin=True)
    eve = auth.create_user("eve@example.org", is_admin=True)
    token = invited(auth, is_admin=True, by=eve.id)
    with auth.database() as session:
        _end(session, auth, session.get_one(User, eve.id), end)
    assert accept(auth.new_browser(), token, email=GRACE).status_code == 403


def _end(session: Session, auth: AuthHarness, user: User, end: Any) -> None:
    delete_account(session, auth.settings, user) if end == "delete" else end(session, user)


def test_an_invitation_for_an_address_makes_an_account_for_no_other(auth: AuthHarness) -> None:
    accept(auth.http, invited(auth, GRACE), email="eve@example.org")
    assert everybody(auth) == [GRACE]


def test_an_address_that_an_administrator_named_is_verified(auth: AuthHarness) -> None:
    accept(auth.http, invited(auth, GRACE))
    grace = person(auth, GRACE)
    assert grace is not None
    assert grace.email_verified_at is not None


def test_an_invitation_may_make_an_administrator(auth: AuthHarness) -> None:
    accept(auth.http, invited(auth, GRACE, is_admin=True))
    grace = person(auth, GRACE)
    assert grace is not None
    assert grace.is_admin


def test_a_refused_password_leaves_the_invitation_good(auth: AuthHarness) -> None:
    token = invited(auth, GRACE)
    assert accept(auth.http, token, password="too short").status_code == 400
    assert accept(auth.http, token).status_code == 303


def test_an_address_with_an_account_is_refused_and_leaves_the_invitation_good(ada: AuthHarness) -> None:
    token = invited(ada)
    assert accept(ada.new_browser(), token, email="ada@example.org").status_code == 400
    assert accept(ada.new_browser(), token, email=GRACE).status_code == 303


def test_an_invitation_ends_after_seven_days(auth: AuthHarness) -> None:
    token = invited(auth)
    with later(days=7, minutes=-1):
        assert auth.http.get(f"/invitation?token={token}").status_code == 200
    with later(days=7):
        assert auth.http.get(f"/invitation?token={token}").status_code == 403


def test_a_revoked_invitation_works_no_more(auth: AuthHarness) -> None:
    token = invited(auth)
    with auth.database() as session:
        [invitation] = open_invitations(session)
        assert revoke_invitation(session, invitation.id)
        assert not revoke_invitation(session, invitation.id)
    assert accept(auth.http, token, email=GRACE).status_code == 403


def test_a_second_invitation_of_an_address_ends_the_first(auth: AuthHarness) -> None:
    first, second = invited(auth, GRACE), invited(auth, GRACE)
    assert auth.http.get(f"/invitation?token={first}").status_code == 403
    assert auth.http.get(f"/invitation?token={second}").status_code == 200


@pytest.mark.parametrize("address", ["ada@example.org", "no address", "a@b\r\nBcc: c@d.org"])
def test_an_address_that_cannot_be_invited_is_said(ada: AuthHarness, address: str) -> None:
    with pytest.raises(InvalidPersonError):
        invited(ada, address)


def test_what_happens_to_invitations_is_audited(ada: AuthHarness) -> None:
    grace = accept(ada.new_browser(), invited(ada, GRACE))
    assert grace.status_code == 303
    assert audited_of(ada)[-3:] == ["person_invited", "account_created", "signed_in"]


def test_where_sign_up_is_off_an_invitation_opens_nothing(auth: AuthHarness) -> None:
    token = invited(auth)
    closed = AuthHarness(auth.settings.model_copy(update={"sign_up": SignUp.OFF}))
    with closed.http:
        assert closed.http.get(f"/invitation?token={token}").status_code == 403


@pytest.mark.parametrize("token", ["", "\0", "\ud800", "x" * 10_000])
def test_a_token_of_any_form_is_answered(auth: AuthHarness, token: str) -> None:
    answer = auth.http.get("/invitation", params={"token": token.encode(errors="surrogatepass")})
    assert answer.status_code == 403
