"""Which server takes our messages, as one URL says it (RFC 3986 §3.2): smtp:// with STARTTLS, or smtps://."""

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class SmtpServer:
    """`uses_tls` says that the connection is encrypted from its first byte (RFC 8314 §3.3)."""

    host: str
    port: int
    uses_tls: bool
    user: str = ""
    password: str = field(default="", repr=False)


def parse_smtp_url(url: str) -> SmtpServer:
    """The server of `smtp://user:password@host:587`. Raises ValueError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as cause:
        raise ValueError("must be a URL such as smtp://user:password@mail.example.org:587") from cause
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must be a URL such as smtp://user:password@mail.example.org:587")
    if parts.username and not parts.password:
        raise ValueError("must name a password beside the user")
    return SmtpServer(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        uses_tls=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def parse_sender(text: str) -> Address:
    """`Ostiary <ostiary@example.org>`, or the address alone. Raises ValueError."""
    name, addr_spec = parseaddr(text)
    username, _, domain = addr_spec.rpartition("@")
    if not (username and domain) or not text.isprintable():
        raise ValueError("must be an address such as ostiary@example.org")
    return Address(name or "Ostiary", username=username, domain=domain)
