"""Your account: the name, the address with proof of the new one, and what is said where the server stands alone."""

from typing import Any

import pytest
from sqlmodel import select

from auth_server.models import BrowserSession, Erasure, Grant, User
from tests.account_steps import GRACE, audited_of, everybody, person, send_form
from tests.auth_harness import PASSWORD, AuthHarness
from tests.consent_form import form_fields, own_origin
from tests.smtp_host import SmtpHost

NEW = "hopper@example.org"


@pytest.fixture
def grace(mailing: AuthHarness) -> AuthHarness:
    """A server with mail, where Grace is signed in."""
    mailing.create_user(GRACE)
    mailing.sign_in(GRACE)
    return mailing


def change_address(auth: AuthHarness, email: str = NEW, **fields: str) -> Any:
    """The form, sent, and both messages on their way."""
    answer = send_form(auth.http, "/account/you/email", **({"email": email, "password": PASSWORD} | fields))
    assert auth.services.outbox.drain()
    return answer


def follow(auth: AuthHarness, token: str) -> Any:
    """The button behind the link of a new address."""
    answer = send_form(auth.new_browser(), f"/verify-email?token={token}")
    assert auth.services.outbox.drain()
    return answer


def link_to(mailbox: SmtpHost, email: str) -> str:
    """The token of the newest link that was sent there."""
    [*_, newest] = [host for host in mailbox.envelopes if host.rcpt_tos == [email]]
    return mailbox.link_of(newest)


def delete(auth: AuthHarness, email: str = GRACE, password: str = PASSWORD) -> Any:
    """The form of the last page, sent."""
    answer = send_form(auth.http, "/account/you/delete", email=email, password=password)
    assert auth.services.outbox.drain()
    return answer


def test_a_person_says_what_they_are_called(grace: AuthHarness) -> None:
    answer = send_form(grace.http, "/account/you", action="/account/you/name", name="  Grace\tHopper ")
    assert answer.status_code == 303
    assert "Grace Hopper" in grace.http.get("/account/you").text


@pytest.mark.parametrize("name", ["\0", "\u202egrace", "x" * 101])
def test_a_name_that_is_none_is_said(grace: AuthHarness, name: str) -> None:
    assert send_form(grace.http, "/account/you", action="/account/you/name", name=name).status_code == 400


def test_a_new_address_counts_when_it_has_proved_itself(grace: AuthHarness, mailbox: SmtpHost) -> None:
    assert change_address(grace).status_code == 303
    assert everybody(grace) == [GRACE]
    assert follow(grace, link_to(mailbox, NEW)).status_code == 200
    changed = person(grace, NEW)
    assert changed is not None
    assert changed.email_verified_at is not None
    grace.sign_in(NEW, browser=grace.new_browser())


def test_the_page_behind_the_link_says_whose_account_it_is(grace: AuthHarness, mailbox: SmtpHost) -> None:
    """Somebody else may have asked for it with this address, and would be known by it afterwards."""
    change_address(grace)
    page = grace.new_browser().get(f"/verify-email?token={link_to(mailbox, NEW)}").text
    assert f'The account of <strong class="name">{GRACE}</strong>' in page


def test_the_old_address_hears_of_it_before_and_after(grace: AuthHarness, mailbox: SmtpHost) -> None:
    change_address(grace)
    follow(grace, link_to(mailbox, NEW))
    told = [message["Subject"] for message in mailbox.messages if message["To"] == GRACE]
    assert told == ["Your address at Ostiary is about to change", "Your address at Ostiary was changed"]


@pytest.mark.parametrize("page", ["/account/security/password", "/account/security/log-out-everywhere"])
def test_the_advice_to_the_old_address_helps(grace: AuthHarness, mailbox: SmtpHost, page: str) -> None:
    """Whoever was in the account and asked for another address does not get it once its owner shut them out."""
    change_address(grace)
    owner = grace.new_browser()
    grace.sign_in(GRACE, browser=owner)
    assert send_form(owner, page, password=PASSWORD, new_password="an altogether different one").status_code == 303
    assert follow(grace, link_to(mailbox, NEW)).status_code == 403
    assert everybody(grace) == [GRACE]


def test_the_link_of_a_new_address_works_once(grace: AuthHarness, mailbox: SmtpHost) -> None:
    change_address(grace)
    token = link_to(mailbox, NEW)
    assert [follow(grace, token).status_code for _ in range(2)] == [200, 403]


def test_the_page_does_not_tell_whose_an_address_is(grace: AuthHarness, mailbox: SmtpHost) -> None:
    grace.create_user(NEW)
    assert change_address(grace).headers["location"] == "/account/you?done=mail"
    assert "Your address at Ostiary" in [message["Subject"] for message in mailbox.messages]


def test_an_address_that_was_taken_meanwhile_is_not_taken_twice(grace: AuthHarness, mailbox: SmtpHost) -> None:
    change_address(grace)
    grace.create_user(NEW)
    assert follow(grace, link_to(mailbox, NEW)).status_code == 400
    assert everybody(grace) == sorted([GRACE, NEW])


def test_another_address_needs_the_password(grace: AuthHarness, mailbox: SmtpHost) -> None:
    """AS-115."""
    assert change_address(grace, password="wrong").status_code == 400
    assert mailbox.messages == []


def test_deleting_takes_everything_of_the_account(grace: AuthHarness, mailbox: SmtpHost) -> None:
    client = grace.register()
    tokens = grace.tokens(client)
    answer = delete(grace)
    assert answer.status_code == 303
    assert everybody(grace) == []
    assert grace.introspect(tokens["access_token"]) == {"active": False}
    assert grace.refresh(client, tokens["refresh_token"]).status_code == 400
    with grace.database() as session:
        assert [session.exec(select(table)).all() for table in (Grant, BrowserSession, User)] == [[], [], []]
    assert mailbox.messages[-1]["To"] == GRACE


def test_who_deleted_their_account_sees_how_far_it_is(grace: AuthHarness) -> None:
    address = delete(grace).headers["location"]
    pending = grace.new_browser().get(address)
    assert (pending.status_code, "being destroyed" in pending.text) == (200, True)
    assert grace.new_browser().get(address.replace("?", "/certificate?")).status_code == 404


def test_nobody_sees_an_erasure_without_its_secret(grace: AuthHarness) -> None:
    address = delete(grace).headers["location"]
    assert grace.new_browser().get(address.partition("?")[0]).status_code == 404
    assert grace.new_browser().get(f"{address}x").status_code == 404


@pytest.mark.parametrize(("email", "password"), [("ada@example.org", PASSWORD), (GRACE, "wrong"), ("", PASSWORD)])
def test_deleting_needs_the_address_and_the_password(grace: AuthHarness, email: str, password: str) -> None:
    """AS-115."""
    assert delete(grace, email, password).status_code == 400
    assert everybody(grace) == [GRACE]


def test_the_last_administrator_stays(auth: AuthHarness) -> None:
    """Also who became the last one while the page was open."""
    auth.create_user(GRACE, is_admin=True)
    other = auth.create_user("other@example.org", is_admin=True)
    auth.sign_in(GRACE)
    opened = form_fields(auth.http.get("/account/you/delete").text, "/account/you/delete")
    with auth.database() as session:
        session.get_one(User, other.id).is_admin = False
    assert "last administrator" in auth.http.get("/account/you/delete").text
    fields = opened | {"email": [GRACE], "password": [PASSWORD]}
    answer = auth.http.post("/account/you/delete", data=fields, headers=own_origin(auth.http))
    assert answer.status_code == 409
    assert "last administrator" in answer.text
    assert GRACE in everybody(auth)


def test_a_deletion_is_audited(grace: AuthHarness) -> None:
    user = person(grace, GRACE)
    assert user is not None
    delete(grace)
    with grace.database() as session:
        assert session.exec(select(Erasure.user_id)).one() == user.id
    assert "account_deleted" in audited_of(grace, user.id)


def test_without_the_resource_server_no_broken_file_is_sent(grace: AuthHarness) -> None:
    answer = send_form(grace.http, "/account/you/export", password=PASSWORD)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")


def test_a_download_needs_the_password(grace: AuthHarness) -> None:
    """AS-115."""
    assert send_form(grace.http, "/account/you/export", password="wrong").status_code == 400


def test_what_is_lost_is_counted(grace: AuthHarness) -> None:
    grace.tokens(grace.register())
    page = grace.http.get("/account/you/delete").text
    assert "1 app, refused within five seconds" in page
    assert "cannot be said right now" in page
