"""Messages: real ones to a real server, and what happens when it refuses, hangs or is gone."""

import socket
import ssl
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
import trustme

from auth_server.mail import delivery
from auth_server.mail.delivery import MailNotSentError
from auth_server.mail.letters import Letter, reset_letter
from auth_server.mail.outbox import Outbox
from auth_server.settings import Settings
from tests.smtp_host import SECRET, USER, SmtpHost, link_in, server_tls, silent_host

SITE = "https://memory.example.org"
LETTER = reset_letter("grace@example.org", f"{SITE}/reset-password?token=link_x", SITE)


def outbox(url: str = "", **settings: str) -> Outbox:
    """One that sends to the server at `url`."""
    return Outbox(Settings(data_dir=Path("unused"), issuer=SITE, smtp_url=url or None, **settings))


def refusing_port() -> Any:
    """Where nobody listens."""
    return nullcontext("smtp://localhost:9")


def with_login(url: str, password: str = "p%40ss%2Fword") -> str:
    """The URL with user and password, escaped as URLs ask."""
    return url.replace("smtp://", f"smtp://{USER.replace('@', '%40')}:{password}@")


def test_a_letter_arrives_as_text_and_as_html(mailbox: SmtpHost) -> None:
    outbox(mailbox.url).send(LETTER)
    [message] = mailbox.messages
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert link_in(message) == LETTER.link
    html = message.get_body(("html",))
    assert html is not None
    assert f'href="{LETTER.link}"' in html.get_content()


def test_a_letter_says_from_whom_and_that_a_program_wrote_it(mailbox: SmtpHost) -> None:
    """RFC 5322 §3.6, RFC 3834 §5."""
    outbox(mailbox.url, smtp_from="Memory <memory@example.org>").send(LETTER)
    [message], [envelope] = mailbox.messages, mailbox.envelopes
    assert (message["From"], message["To"]) == ("Memory <memory@example.org>", "grace@example.org")
    assert message["Auto-Submitted"] == "auto-generated"
    assert (envelope.mail_from, envelope.rcpt_tos) == ("memory@example.org", ["grace@example.org"])


def test_without_a_setting_letters_come_from_the_issuers_host(mailbox: SmtpHost) -> None:
    outbox(mailbox.url).send(LETTER)
    assert mailbox.envelopes[0].mail_from == "ostiary@memory.example.org"


@pytest.mark.parametrize("address", ["grace@example.org,eve@example.org", "<eve@example.org>,grace@example.org"])
def test_one_address_is_never_two(mailbox: SmtpHost, address: str) -> None:
    """RFC 5322 §3.4: what looks like a list is one quoted name."""
    outbox(mailbox.url).send(replace(LETTER, to=address))
    assert len(mailbox.envelopes[0].rcpt_tos) == 1
    assert "eve@example.org" not in mailbox.envelopes[0].rcpt_tos


@pytest.mark.parametrize("field", ["to", "subject"])
def test_a_line_break_makes_no_header(mailbox: SmtpHost, field: str) -> None:
    """RFC 5322 §2.2."""
    broken = replace(LETTER, **{field: "grace@example.org\r\nBcc: eve@example.org"})
    with pytest.raises(ValueError):  # noqa: PT011 (that it is refused is the claim)
        outbox(mailbox.url).send(broken)
    assert mailbox.envelopes == []


def test_starttls_is_used_where_it_is_offered(authority: ssl.SSLContext) -> None:
    """RFC 3207 §4."""
    host = SmtpHost(tls=authority)
    outbox(host.url).send(LETTER)
    host.stop()
    assert host.was_encrypted == [True]


def test_a_certificate_that_nobody_trusts_gets_no_letter() -> None:
    """RFC 3207 §4.1."""
    host = SmtpHost(tls=server_tls(trustme.CA()))
    with pytest.raises(MailNotSentError, match="certificate"):
        outbox(host.url).send(LETTER)
    host.stop()
    assert host.envelopes == []


def test_user_and_password_are_presented() -> None:
    host = SmtpHost(asks_password=True)
    outbox(with_login(host.url)).send(LETTER)
    host.stop()
    assert len(host.envelopes) == 1


def test_a_wrong_password_is_said_without_it() -> None:
    host = SmtpHost(asks_password=True)
    with structlog.testing.capture_logs() as written, pytest.raises(MailNotSentError, match="password"):
        outbox(with_login(host.url, "wrong-one")).send(LETTER)
    host.stop()
    assert_silent(written, "wrong-one", SECRET)


def test_a_password_never_travels_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8314 §3: except on this machine, which another name of it here stands for."""
    host = SmtpHost(asks_password=True)
    monkeypatch.setattr(socket, "getaddrinfo", _leading_to_loopback(socket.getaddrinfo))
    with pytest.raises(MailNotSentError, match="no encryption"):
        outbox(with_login(host.url.replace("localhost", "mail.example.org"))).send(LETTER)
    host.stop()
    assert host.envelopes == []


@pytest.mark.parametrize("answer", ["554 no", "451 later", "550 mailbox unknown"])
def test_a_refused_letter_is_said(mailbox: SmtpHost, answer: str) -> None:
    mailbox.answer = answer
    with pytest.raises(MailNotSentError, match="refused"):
        outbox(mailbox.url).send(LETTER)


def test_a_server_that_is_gone_is_said(mailbox: SmtpHost) -> None:
    mailbox.stop()
    with pytest.raises(MailNotSentError, match="cannot be reached"):
        outbox(mailbox.url).send(LETTER)


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "TIMEOUT", 0.2)
    with silent_host() as url, pytest.raises(MailNotSentError, match="in time"):
        outbox(url).send(LETTER)


def test_a_failure_is_logged_without_whom_and_what() -> None:
    with structlog.testing.capture_logs() as written, refusing_port() as url, pytest.raises(MailNotSentError):
        outbox(url).send(LETTER)
    assert [line["event"] for line in written] == ["mail not sent"]
    assert_silent(written, "grace", "link_x")


def test_a_letter_that_fails_stops_none_after_it(mailbox: SmtpHost) -> None:
    box = outbox(mailbox.url)

    def unwritable() -> Letter:
        raise RuntimeError("grace@example.org")

    with structlog.testing.capture_logs() as written:
        box.later(unwritable)
        box.later(lambda: LETTER)
        assert box.drain()
    assert len(mailbox.envelopes) == 1
    assert_silent([line for line in written if line["log_level"] == "error"], "grace")


def test_without_a_server_the_link_is_on_the_log_once() -> None:
    with structlog.testing.capture_logs() as written:
        outbox().send(LETTER)
    assert [(line["log_level"], line["link"]) for line in written] == [("info", LETTER.link)]


def test_with_a_server_no_link_is_on_the_log(mailbox: SmtpHost) -> None:
    with structlog.testing.capture_logs() as written:
        outbox(mailbox.url).send(LETTER)
    assert_silent(written, "link_x", "grace")


@pytest.mark.parametrize("url", ["http://mail.example.org", "smtp://", "smtp://mail:99999", "smtp://user@mail", "mail"])
def test_a_url_that_names_no_mail_server_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        Settings(smtp_url=url)


@pytest.mark.parametrize("sender", ["nobody", "a@b\r\nBcc: c@d.org", "@example.org"])
def test_a_sender_that_is_no_address_stops_the_start(sender: str) -> None:
    with pytest.raises(ValueError, match="must be an address"):
        Settings(smtp_from=sender)


def test_the_mail_servers_password_is_in_no_repr() -> None:
    settings = Settings(smtp_url=with_login("smtp://mail.example.org"))
    assert "p%40ss" not in repr(settings)
    assert SECRET not in repr(outbox(with_login("smtp://mail.example.org"))._server)


def assert_silent(written: list[structlog.typing.EventDict], *words: str) -> None:
    """Nothing of it stands in the log."""
    assert [line for line in written if any(word in repr(line) for word in words)] == []


def _leading_to_loopback(ask: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _host, *rest, **named: ask("127.0.0.1", *rest, **named)
