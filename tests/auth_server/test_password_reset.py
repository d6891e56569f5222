"""A forgotten password: always the same answer, a link for an hour, and what ends with the old password."""

from typing import Any

import pytest

from auth_server.models import User, UserKind
from shared.clock import now
from tests.account_steps import GRACE, audited_of, forget_password, person, send_form
from tests.auth_harness import PASSWORD, AuthHarness, later
from tests.smtp_host import SmtpHost

NEW = "an altogether different one"


def reset(auth: AuthHarness, token: str, password: str = NEW) -> Any:
    """The form behind the link, sent."""
    return send_form(auth.new_browser(), f"/reset-password?token={token}", password=password)


def test_a_forgotten_password_is_replaced_by_the_link(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    mailing.create_user(GRACE)
    assert forget_password(mailing).status_code == 200
    answer = reset(mailing, mailbox.last_link())
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Faccount%2Fapps&done=password")
    assert "new password is set" in mailing.new_browser().get(answer.headers["location"]).text
    mailing.sign_in(GRACE, NEW)


def test_the_answer_tells_nothing_of_accounts(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    """AS-34 for addresses."""
    mailing.create_user("ada@example.org")
    known, unknown = (forget_password(mailing, email) for email in ("ada@example.org", "ida@example.org"))
    assert known.text.replace("ada@", "ida@") == unknown.text
    assert [message["To"] for message in mailbox.messages] == ["ada@example.org"]


def test_the_answer_waits_for_no_mail_server_and_no_look_at_accounts(mailing: AuthHarness) -> None:
    """The account is looked up behind the answer: while somebody else writes, the answer comes all the same."""
    mailing.create_user(GRACE)
    with mailing.database():
        answer = send_form(mailing.new_browser(), "/forgot-password", email=GRACE)
        assert answer.status_code == 200
    assert mailing.services.outbox.drain()


def test_the_link_of_a_reset_works_once(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    mailing.create_user(GRACE)
    forget_password(mailing)
    first = mailbox.last_link()
    forget_password(mailing)
    second = mailbox.last_link()
    assert reset(mailing, second).status_code == 303
    assert [reset(mailing, token).status_code for token in (first, second)] == [403, 403]


def test_the_link_of_a_reset_ends_after_an_hour(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    mailing.create_user(GRACE)
    forget_password(mailing)
    with later(hours=1):
        assert reset(mailing, mailbox.last_link()).status_code == 403


def test_the_link_of_a_reset_ends_with_the_password_it_was_to_replace(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    mailing.create_user(GRACE)
    mailing.sign_in(GRACE)
    forget_password(mailing)
    changed = send_form(mailing.http, "/account/security/password", password=PASSWORD, new_password=NEW)
    assert changed.status_code == 303
    assert reset(mailing, mailbox.last_link(), "one that somebody else chose").status_code == 403


def test_a_refused_password_leaves_the_link_of_a_reset_good(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    mailing.create_user(GRACE)
    forget_password(mailing)
    assert reset(mailing, mailbox.last_link(), "short").status_code == 400
    assert reset(mailing, mailbox.last_link()).status_code == 303


def test_a_reset_signs_every_browser_out(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    mailing.create_user(GRACE)
    mailing.sign_in(GRACE)
    forget_password(mailing)
    reset(mailing, mailbox.last_link())
    assert mailing.http.get("/account/apps").status_code == 303


def test_a_reset_ends_the_refresh_families(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    """AS-37."""
    mailing.create_user(GRACE)
    mailing.sign_in(GRACE)
    client = mailing.register()
    tokens = mailing.tokens(client)
    forget_password(mailing)
    reset(mailing, mailbox.last_link())
    assert mailing.refresh(client, tokens["refresh_token"]).status_code == 400
    assert mailing.introspect(tokens["access_token"]) == {"active": False}


def test_the_owner_hears_of_a_reset(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    user = mailing.create_user(GRACE)
    forget_password(mailing)
    reset(mailing, mailbox.last_link())
    assert mailing.services.outbox.drain()
    assert mailbox.messages[-1]["Subject"] == "Your password at Ostiary was changed"
    assert audited_of(mailing, user.id)[:1] == ["password_reset_asked"]
    assert "password_changed" in audited_of(mailing, user.id)


def test_an_account_without_a_password_gets_one(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    with mailing.database() as session:
        session.add(User(email=GRACE))
    forget_password(mailing)
    reset(mailing, mailbox.last_link())
    mailing.sign_in(GRACE, NEW)


@pytest.mark.parametrize("facts", [{"disabled_at": now()}, {"kind": UserKind.SERVICE}])
def test_nobody_resets_what_nobody_may_sign_in_to(mailing: AuthHarness, mailbox: SmtpHost, facts: Any) -> None:
    with mailing.database() as session:
        session.add(User(email=GRACE, **facts))
    assert forget_password(mailing).status_code == 200
    assert mailbox.messages == []


def test_a_link_is_dead_as_soon_as_the_account_is_disabled(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    user = mailing.create_user(GRACE)
    forget_password(mailing)
    with mailing.database() as session:
        session.get_one(User, user.id).disabled_at = now()
    assert reset(mailing, mailbox.last_link()).status_code == 403


def test_a_reset_leaves_the_second_factor(mailing: AuthHarness, mailbox: SmtpHost) -> None:
    user = mailing.create_user(GRACE)
    with mailing.database() as session:
        session.get_one(User, user.id).totp_confirmed_at = now()
    forget_password(mailing)
    reset(mailing, mailbox.last_link())
    grace = person(mailing, GRACE)
    assert grace is not None
    assert grace.asks_code


def test_asking_is_limited_and_says_so_alike_for_every_address(mailing: AuthHarness) -> None:
    mailing.create_user(GRACE)
    for email in (GRACE, "ida@example.org"):
        answers = [forget_password(mailing, email).status_code for _ in range(6)]
        assert answers == [200] * 5 + [429]


def test_the_sign_in_page_leads_to_it(auth: AuthHarness) -> None:
    assert 'href="/forgot-password"' in auth.http.get("/login").text


def test_without_a_mail_server_the_page_says_where_the_link_is(auth: AuthHarness) -> None:
    auth.create_user(GRACE, PASSWORD)
    assert "in its log" in forget_password(auth).text
