"""OAuth 2.1 §2.3 and §4.1.1, RFC 8252: which redirect URIs may be registered, and which are equal."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from shared.urls import is_loopback_host

MAX_URIS = 10
MAX_LENGTH = 2000
DOTLESS_SCHEMES = frozenset(
    {"claude", "cline", "code", "code-insiders", "cursor", "goose", "kiro", "raycast", "trae", "vscode",
     "vscode-insiders", "vscodium", "warp", "windsurf", "zed"}
)  # fmt: skip
"""Schemes of well-known apps without the dot that RFC 8252 §7.1 asks for."""
OWN_PARAMETERS = frozenset({"code", "state", "iss", "error"})

_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")
_DOTTED_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_LOOPBACK = re.compile(r"http://(?P<host>\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?(?P<rest>[/?].*)?")


class UnregistrableRedirectURIError(ValueError):
    """The redirect URI is refused; the text says why, without repeating it."""


def check_registrable(uri: object, *, private_use_schemes: bool) -> str:
    """The URI itself, when a client may register it. Raises UnregistrableRedirectURIError."""
    if not isinstance(uri, str) or not 0 < len(uri) <= MAX_LENGTH:
        raise UnregistrableRedirectURIError("A redirect URI is a string of 1 to 2000 characters.")
    if not _CHARACTERS.fullmatch(uri) or _has_hidden_control(uri):
        raise UnregistrableRedirectURIError("A redirect URI has no spaces, wildcards, fragments or control characters.")
    parts = _split(uri)
    if "@" in parts.netloc or _has_dot_segment(parts.path):
        raise UnregistrableRedirectURIError("A redirect URI has no user and no dot segments.")
    if OWN_PARAMETERS & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        raise UnregistrableRedirectURIError("The query of a redirect URI must not contain code, state, iss or error.")
    if not _has_registrable_scheme(parts, private_use_schemes):
        raise UnregistrableRedirectURIError(
            "A redirect URI is https, http on a loopback host, or a private-use scheme of an app."
        )
    return uri


def is_same(registered: str, requested: str) -> bool:
    """OAuth 2.1 §4.1.1: equal strings; on http loopback the port alone may differ (§8.4.2)."""
    if registered == requested:
        return True
    known, asked = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(requested)
    if known is None or asked is None or int(asked["port"] or 80) > 65535:
        return False
    return is_loopback_host(known["host"].strip("[]")) and (known["host"], known["rest"]) == (
        asked["host"],
        asked["rest"],
    )


def is_loopback(uri: str) -> bool:
    """Whether the answer goes to a program on the person's own machine."""
    parts = urlsplit(uri)
    return parts.scheme in ("http", "https") and is_loopback_host(parts.hostname)


def is_private_use(uri: str) -> bool:
    """Whether the answer goes to whatever app claimed the scheme (RFC 8252 §7.1)."""
    return urlsplit(uri).scheme not in ("http", "https")


def is_unambiguous_host(host: str) -> bool:
    """A name or an address that everybody reads alike: browsers take `0x7f.1` and `2130706433` for 127.0.0.1."""
    is_address = ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None
    return _is_address(host) if is_address else _NAME.fullmatch(host) is not None


def _split(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        _ = parts.port  # a port that is no number shows only when asked for
    except ValueError:
        raise UnregistrableRedirectURIError("A redirect URI must be a well-formed URI.") from None
    return parts


def _has_registrable_scheme(parts: SplitResult, private_use_schemes: bool) -> bool:
    if parts.scheme == "https":
        return is_unambiguous_host(parts.hostname or "")
    if parts.scheme == "http":
        return is_loopback_host(parts.hostname)
    return private_use_schemes and (
        parts.scheme in DOTLESS_SCHEMES or _DOTTED_SCHEME.fullmatch(parts.scheme) is not None
    )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _has_hidden_control(uri: str) -> bool:
    return any(ord(character) < 0x20 or ord(character) == 0x7F for character in unquote(uri))


def _has_dot_segment(path: str) -> bool:
    return any(unquote(segment) in (".", "..") for segment in path.split("/"))
