"""Open sign-up: no account before the address is proved, and no word about who has one."""

import re

import pytest

from auth_server.membership.sign_up import SignUpRefusedError, create_from_identity, may_sign_up
from auth_server.people import InvalidPersonError
from auth_server.settings import SignUp
from tests.account_steps import GRACE, accept, everybody, invited, make_account, person, sign_up
from tests.auth_harness import AuthHarness, later
from tests.smtp_host import SmtpHost


def test_who_proves_an_address_gets_an_account(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    assert sign_up(mailing).status_code == 200
    assert everybody(mailing) == []
    answer = make_account(mailing.http, mailbox.last_link(), name="Grace")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/apps")
    grace = person(mailing, GRACE)
    assert grace is not None
    assert (grace.name, grace.is_admin, grace.email_verified_at is None) == ("Grace", False, False)


def test_the_link_of_a_sign_up_works_once(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    sign_up(mailing)
    assert make_account(mailing.http, mailbox.last_link()).status_code == 303
    assert make_account(mailing.new_browser(), mailbox.last_link()).status_code == 403


def test_the_link_of_a_sign_up_ends_after_a_day(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    sign_up(mailing)
    with later(hours=24):
        assert mailing.http.get(f"/verify-email?token={mailbox.last_link()}").status_code == 403


def test_a_refused_password_leaves_the_link_of_a_sign_up_good(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    sign_up(mailing)
    assert make_account(mailing.http, mailbox.last_link(), password="short").status_code == 400
    assert make_account(mailing.http, mailbox.last_link()).status_code == 303


def test_the_answer_does_not_tell_who_has_an_account(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    mailing.create_user("ada@example.org")
    known, unknown = (sign_up(mailing, email) for email in ("ada@example.org", "ida@example.org"))
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("ada@", "ida@") == unknown.text
    assert [message["Subject"] for message in mailbox.messages] == [
        "You have an account at Ostiary",
        "Your account at Ostiary",
    ]


def test_a_mail_server_that_is_gone_changes_no_answer(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    before = sign_up(mailing)
    mailbox.stop()
    assert sign_up(mailing).text == before.text


def test_an_address_that_is_none_is_said(mailing: AuthHarness) -> None:
    assert sign_up(mailing, "grace").status_code == 400


def test_an_address_is_written_to_five_times_an_hour(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    answers = [sign_up(mailing, GRACE.upper(), mailing.browser_at(f"192.0.2.{n}")).status_code for n in range(6)]
    assert answers == [200] * 5 + [429]
    assert len(mailbox.messages) == 5


def test_a_network_asks_for_thirty_messages_an_hour(mailing: AuthHarness) -> None:
    browser = mailing.browser_at("192.0.2.1")
    answers = [sign_up(mailing, f"grace{number}@example.org", browser).status_code for number in range(31)]
    assert answers == [200] * 30 + [429]
    assert sign_up(mailing, GRACE, mailing.browser_at("192.0.2.77")).status_code == 200


@pytest.mark.parametrize("setting", ["invitation", "off"])
def test_nobody_signs_up_where_it_is_not_open(auth: AuthHarness, setting: str) -> None:
    closed = AuthHarness(auth.settings.model_copy(update={"sign_up": SignUp(setting)}))
    with closed.http:
        assert closed.http.get("/sign-up").status_code == 403
        assert re.search("sign-up", closed.http.get("/login").text) is None


def test_the_sign_in_page_leads_to_signing_up_where_it_is_open(mailing: AuthHarness) -> None:
    assert 'href="/sign-up"' in mailing.http.get("/login").text


def test_by_default_an_identity_needs_an_invitation(auth: AuthHarness) -> None:
    with auth.database() as session:
        assert not may_sign_up(session, auth.settings, GRACE)
        with pytest.raises(SignUpRefusedError):
            create_from_identity(session, auth.settings, email=GRACE, provider="google")


def test_an_invited_identity_makes_one_account(auth: AuthHarness) -> None:
    token = invited(auth, GRACE, is_admin=True)
    with auth.database() as session:
        assert may_sign_up(session, auth.settings, "Grace@Example.org")
        user = create_from_identity(session, auth.settings, email=GRACE, provider="google", name="Grace")
        assert (user.is_admin, user.has_password, user.name) == (True, False, "Grace")
    assert accept(auth.http, token).status_code == 403


def test_an_identity_brings_the_invitation_of_a_link(auth: AuthHarness) -> None:
    open_to_all, of_another = invited(auth), invited(auth, "ida@example.org")
    with auth.database() as session:
        assert may_sign_up(session, auth.settings, GRACE, invitation=open_to_all)
        assert not may_sign_up(session, auth.settings, GRACE, invitation=of_another)


def test_an_identity_never_takes_an_account_that_is_there(mailing: AuthHarness) -> None:
    mailing.create_user(GRACE)
    with mailing.database() as session, pytest.raises(InvalidPersonError):
        create_from_identity(session, mailing.settings, email=GRACE, provider="google")
