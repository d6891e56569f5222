"""Where a URL leads: its parts read strictly, its host resolved, and every address judged before one is used."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import structlog

from shared.addresses import Reach, reach_of

Resolver = Callable[[str, int], Awaitable[Sequence[tuple[str, int]]]]
"""From host and port to the addresses, each with the port to connect to; raises OSError."""

HTTPS_PORT = 443
MAX_URL_LENGTH = 2000
MAX_HOST_LENGTH = 253
# Exactly one reading: no user, no fragment, no backslash, and nothing outside of ASCII (RFC 3986 §3).
_URL = re.compile(
    r"https://(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][0-9A-Za-z._~:/?@!$&'()*+,;=%\[\]-]*)?"
)
_LABEL = re.compile(r"[0-9a-z_](?:[0-9a-z_-]{0,61}[0-9a-z_])?")

log = structlog.get_logger(__name__)


class FetchRefusedError(Exception):
    """Our rules forbid it: the URL, a redirect, a size, a status. `str()` is a sentence for people."""


class FetchFailedError(Exception):
    """Not now: no address to go to, connection, TLS, time, a server in trouble. A known good copy may serve."""


@dataclass(frozen=True)
class Target:
    """An https URL in its parts; `host` is a lower-case name or an address without brackets."""

    host: str
    port: int
    path_and_query: str

    @property
    def is_address(self) -> bool:
        """Whether the URL names an address instead of a name."""
        return ":" in self.host or self.host.replace(".", "").isdigit()

    @property
    def authority(self) -> str:
        """The value of the Host header (RFC 9110 §7.2)."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == HTTPS_PORT else f"{shown}:{self.port}"


def parse_target(url: str) -> Target:
    """Reads a URL strictly. Raises FetchRefusedError for all that two parsers could read in two ways.

    International names come in their `xn--` form: what a person typed was translated before, or not at all.
    """
    parts = _URL.fullmatch(url) if len(url) <= MAX_URL_LENGTH else None
    if parts is None:
        raise FetchRefusedError("The address is not a plain https URL.")
    host, port = parts["host"].lower().strip("[]"), int(parts["port"] or HTTPS_PORT)
    if not _is_host(host, bracketed=parts["host"].startswith("[")) or not 0 < port < 65536:
        raise FetchRefusedError("The address names no valid host.")
    target = parts["target"] or "/"
    return Target(host, port, target if target.startswith("/") else f"/{target}")


def _is_host(host: str, *, bracketed: bool) -> bool:
    """A name without a dot at its end, or a whole address; never a number that some resolvers take for one."""
    labels = host.split(".")
    if not bracketed and not labels[-1].isdigit() and not labels[-1].startswith("0x"):
        return len(host) <= MAX_HOST_LENGTH and all(_LABEL.fullmatch(label) for label in labels)
    try:
        return (ip_address(host).version == 6) is bracketed
    except ValueError:
        return False


async def judged_addresses(target: Target, resolve: Resolver, *, allow_loopback: bool) -> Sequence[tuple[str, int]]:
    """Every address of the target with the port to connect to; one refused address refuses all.

    Raises FetchRefusedError, or FetchFailedError when the name has no address that may be reached.
    """
    if target.is_address:
        found: Sequence[tuple[str, int]] = [(target.host, target.port)]
    else:
        found = await _resolved(target, resolve)
    reaches = {reach_of(address) for address, _ in found}
    allowed = {Reach.GLOBAL, Reach.LOOPBACK} if allow_loopback else {Reach.GLOBAL}
    if not reaches <= allowed:
        if target.is_address:
            raise FetchRefusedError(f"{target.host} is not an address on the public internet.")
        raise _no_public_address(target, "an address is not on the public internet")
    if target.port != HTTPS_PORT and reaches != {Reach.LOOPBACK}:
        raise FetchRefusedError(f"{target.host} is asked for on a port other than {HTTPS_PORT}.")
    return found


async def _resolved(target: Target, resolve: Resolver) -> Sequence[tuple[str, int]]:
    try:
        found = await resolve(target.host, target.port)
    except OSError as cause:
        raise _no_public_address(target, "the name cannot be resolved") from cause
    if not found:
        raise _no_public_address(target, "the name has no address")
    return list(dict.fromkeys(found))


def _no_public_address(target: Target, cause: str) -> FetchFailedError:
    """The same for a name that leads nowhere and for one that leads inside: which names there are is nobody's business.

    The log says which.
    """
    log.info("no_public_address", host=target.host, cause=cause)
    return FetchFailedError(f"{target.host} has no address on the public internet now.")
