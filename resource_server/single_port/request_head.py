"""RFC 9110 §7.6: the head of a request as an intermediary passes it on."""

import re
from collections.abc import Iterable

from starlette.types import Scope

from resource_server.single_port.errors import HeadTooLargeError, MalformedRequestError
from shared.cookies import auth_cookies

Fields = list[tuple[bytes, bytes]]

MAX_HEAD = 64 * 1024
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding "
    b"upgrade".split()
)
SAID_ANEW = frozenset({b"cookie", b"expect", b"forwarded", b"via", b"x-real-ip"})
"""Filtered, answered by our own server, or a claim about who asks and how, which is ours to make."""
NEVER_NOMINATED = frozenset({b"host", b"content-length"})
"""A client that lists these in Connection would take the request apart on its way."""


def target_of(scope: Scope) -> bytes:
    """The request target in origin form, byte for byte. Raises MalformedRequestError."""
    query: bytes = scope["query_string"]
    target: bytes = scope["raw_path"] + (b"?" + query if query else b"")
    if not re.fullmatch(rb"[\x21-\x7e]+", target):
        raise MalformedRequestError
    return target


def request_fields(scope: Scope) -> Fields:
    """What the authorization server is told; each field of a client that speaks for the way is left out.

    Raises MalformedRequestError or HeadTooLargeError.
    """
    sent: Fields = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
    if sum(len(name) + len(value) for name, value in sent) > MAX_HEAD:
        raise HeadTooLargeError
    dropped = HOP_BY_HOP | SAID_ANEW | {b"content-length"} | (_nominated(sent) - NEVER_NOMINATED)
    kept = [(name, value) for name, value in sent if name not in dropped and not name.startswith(b"x-forwarded-")]
    return [*kept, *_own_cookies(sent), *_framing(sent), *_forwarded(scope), (b"connection", b"close")]


def response_fields(fields: Iterable[tuple[bytes, bytes]]) -> Fields:
    """An answer's fields without those of the connection it came by; our own server adds Date and names no software."""
    lowered = [(name.lower(), value) for name, value in fields]
    dropped = HOP_BY_HOP | {b"date", b"server"} | _nominated(lowered)
    return [(name, value) for name, value in lowered if name not in dropped]


def _nominated(fields: Fields) -> frozenset[bytes]:
    """§7.6.1: what Connection names belongs to the connection."""
    listed = [value.split(b",") for name, value in fields if name == b"connection"]
    return frozenset(option.strip().lower() for options in listed for option in options)


def _framing(fields: Fields) -> Fields:
    """RFC 9112 §6.3: one way to say how long the body is, or none."""
    codings = [value.lower() for name, value in fields if name == b"transfer-encoding"]
    lengths = [value for name, value in fields if name == b"content-length"]
    if codings == [b"chunked"] and not lengths:
        return [(b"transfer-encoding", b"chunked")]
    if codings or len(lengths) > 1 or not all(re.fullmatch(rb"[0-9]{1,15}", length) for length in lengths):
        raise MalformedRequestError
    return [(b"content-length", length) for length in lengths]


def _own_cookies(fields: Fields) -> Fields:
    cookies = auth_cookies(value for name, value in fields if name == b"cookie")
    return [(b"cookie", cookies)] if cookies else []


def _forwarded(scope: Scope) -> Fields:
    """The peer and the scheme as TrustedProxies found them, which runs before us."""
    peer = scope["client"][0].encode() if scope.get("client") else b"unknown"
    return [(b"x-forwarded-for", peer), (b"x-forwarded-proto", scope["scheme"].encode())]
