"""A mail server on loopback that keeps what it is given, refuses, or says nothing: the fixture `mailbox`."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from tests.account_steps import token_of
from tests.auth_harness import AuthHarness, auth_settings

USER, SECRET = "ostiary@example.org", "p@ss/word"


class SmtpHost:
    """What arrived, newest last. `answer` is what the server says to a message."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, asks_password: bool = False) -> None:
        self.envelopes: list[Envelope] = []
        self.was_encrypted: list[bool] = []
        self.answer = "250 OK"
        self.asks_password = asks_password
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=0,
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=_knows if asks_password else None,
            auth_require_tls=False,
        )
        self._controller.port = _free_port()
        self._controller.start()

    @property
    def url(self) -> str:
        """What the setting names."""
        return f"smtp://localhost:{self._controller.port}"

    def stop(self) -> None:
        """Ends it; doing so twice is fine."""
        if self._controller.server is not None:
            self._controller.stop(no_assert=True)

    async def handle_DATA(self, _server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        if self.asks_password and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
            self.was_encrypted.append(session.ssl is not None)
        return self.answer

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages, parsed."""
        return [_parsed(envelope) for envelope in self.envelopes]

    def last_link(self) -> str:
        """The token of the link in the newest message."""
        return self.link_of(self.envelopes[-1])

    def link_of(self, envelope: Envelope) -> str:
        """The token of the link in a message."""
        return token_of(link_in(_parsed(envelope)))


def link_in(message: EmailMessage) -> str:
    """The one link of a message."""
    body = message.get_body(("plain",))
    assert body is not None
    [link] = [line for line in body.get_content().splitlines() if line.startswith("http")]
    return link


@contextmanager
def silent_host() -> Iterator[str]:
    """The URL of a server that accepts connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"smtp://localhost:{listener.getsockname()[1]}"


@pytest.fixture
def mailbox() -> Iterator[SmtpHost]:
    """A server that takes every message."""
    host = SmtpHost()
    yield host
    host.stop()


@pytest.fixture
def mailing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: SmtpHost) -> Iterator[AuthHarness]:
    """A server where anybody may sign up, whose messages arrive in `mailbox`."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    harness = AuthHarness(auth_settings(tmp_path, smtp_url=mailbox.url, sign_up="open"))
    with harness.http:
        yield harness


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The TLS of a mail server whose certificate this process trusts."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return server_tls(made)


def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """A certificate for localhost."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def _knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (USER.encode(), SECRET.encode()), handled=False)


def _parsed(envelope: Envelope) -> EmailMessage:
    content = envelope.content
    assert isinstance(content, bytes)
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
