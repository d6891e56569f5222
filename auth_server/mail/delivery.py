"""Handing a message to the SMTP server (RFC 5321): encrypted where it offers that, and never for longer than a wait."""

import smtplib
import ssl
from email.message import EmailMessage

from auth_server.mail.messages import recipient
from auth_server.mail.smtp_server import SmtpServer
from shared.urls import is_loopback_host

TIMEOUT = 10
"""Seconds for each answer of the server."""


class MailNotSentError(Exception):
    """The server did not take the message; the text says why, in words for whoever runs this server."""


def deliver(server: SmtpServer, message: EmailMessage, to: str) -> None:
    """Returns when the server has taken the message. Raises MailNotSentError."""
    try:
        with _connected(server) as smtp:
            _encrypt(smtp, server)
            if server.user:
                smtp.login(server.user, server.password)
            smtp.send_message(message, message["From"].addresses[0].addr_spec, [recipient(to).addr_spec])
    except MailNotSentError:
        raise
    except smtplib.SMTPAuthenticationError as cause:
        raise MailNotSentError("the mail server refused user and password") from cause
    except smtplib.SMTPRecipientsRefused as cause:
        raise MailNotSentError("the mail server refused the recipient") from cause
    except smtplib.SMTPServerDisconnected as cause:
        raise MailNotSentError("the mail server did not answer in time, or ended the connection") from cause
    except (smtplib.SMTPException, UnicodeError) as cause:
        raise MailNotSentError(f"the mail server refused the message ({type(cause).__name__})") from cause
    except ssl.SSLError as cause:
        raise MailNotSentError("the mail server's certificate is not trusted, or its TLS is broken") from cause
    except TimeoutError as cause:
        raise MailNotSentError("the mail server did not answer in time") from cause
    except OSError as cause:
        raise MailNotSentError("the mail server cannot be reached") from cause


def _connected(server: SmtpServer) -> smtplib.SMTP:
    if server.uses_tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=ssl.create_default_context())
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)


def _encrypt(smtp: smtplib.SMTP, server: SmtpServer) -> None:
    """RFC 3207 §4. A password travels encrypted or not at all, except on this machine."""
    if server.uses_tls:
        return
    smtp.ehlo_or_helo_if_needed()
    if smtp.has_extn("starttls"):
        smtp.starttls(context=ssl.create_default_context())
    elif server.user and not is_loopback_host(server.host):
        raise MailNotSentError("the mail server offers no encryption, so the password was not sent")
