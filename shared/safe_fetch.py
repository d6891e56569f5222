"""Fetches what a stranger's URL names without becoming their tool: pinned addresses, no redirects, limits on all."""

import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from socket import SOCK_STREAM

import anyio
import httpcore2
import httpx2

from shared.fetch_targets import (
    FetchFailedError,
    FetchRefusedError,
    Resolver,
    Target,
    judged_addresses,
    parse_target,
)
from shared.read_budget import BudgetedBackend, ReadBudget

__all__ = ["INTERNET", "FetchFailedError", "FetchRefusedError", "Fetched", "Network", "SafeFetch"]

AT_ONCE = 16
MOST_ADDRESSES = 4
NOT_NOW = frozenset({408, 425, 429})
MAX_HEAD = 16 * 1024
"""Bytes before the body, interim answers included; no head of a proper answer is longer."""
USER_AGENT = "Ostiary"
_NETWORK_ERRORS = (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError)
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?([0-9]{1,10})\"?\s*(?:,|$)", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|,)\s*no-(?:store|cache)\b", re.IGNORECASE)


async def system_resolver(host: str, port: int) -> list[tuple[str, int]]:
    """The system's answers, in the order in which it wants them tried (RFC 6724)."""
    return [(str(found[4][0]), port) for found in await anyio.getaddrinfo(host, port, type=SOCK_STREAM)]


@dataclass(frozen=True)
class Network:
    """How names are resolved and certificates judged; `tls` None means the system's authorities."""

    resolve: Resolver = system_resolver
    tls: ssl.SSLContext | None = None


INTERNET = Network()


@dataclass(frozen=True)
class Fetched:
    """A body of status 200, its media type in lower case, and the seconds it may be kept, where it said so."""

    body: bytes
    content_type: str
    max_age: int | None


class SafeFetch:
    """Each request has its own connection, made to the very address that was judged, so that nothing is shared.

    With `allow_loopback`, which is for a server that is itself on loopback, loopback addresses are reached too.
    """

    def __init__(self, *, allow_loopback: bool, network: Network = INTERNET) -> None:
        self._allow_loopback = allow_loopback
        self._network = network
        self._turns = anyio.Semaphore(AT_ONCE)

    async def get(self, url: str, *, accept: str, limit: int, seconds: float = 5.0) -> Fetched:
        """GET without cookies or credentials: at most `limit` bytes, within `seconds` from the name to the last byte.

        Raises FetchRefusedError or FetchFailedError.
        """
        target = parse_target(url)
        try:
            with anyio.fail_after(seconds):
                async with self._turns:
                    return await self._get(target, accept, limit)
        except TimeoutError:
            raise FetchFailedError(f"{target.host} took longer than {seconds:g} seconds to answer.") from None
        except _NETWORK_ERRORS as cause:
            raise FetchFailedError(f"There is no safe connection to {target.host} now.") from cause

    async def _get(self, target: Target, accept: str, limit: int) -> Fetched:
        addresses = await judged_addresses(target, self._network.resolve, allow_loopback=self._allow_loopback)
        budget = ReadBudget(MAX_HEAD)
        async with httpcore2.AsyncConnectionPool(self._tls, network_backend=BudgetedBackend(budget)) as pool:
            response = await _first_answer(pool, target, addresses[:MOST_ADDRESSES], accept)
            try:
                headers = httpx2.Headers(response.headers)
                _check_head(target, response.status, headers, limit)
                budget.left += limit  # chunks are framed within what the head has left over
                return _fetched(headers, await _body(target, response, limit))
            finally:
                await response.aclose()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when it is needed: reading the system's authorities takes a while."""
        return self._network.tls or httpx2.create_ssl_context()


async def _first_answer(
    pool: httpcore2.AsyncConnectionPool, target: Target, addresses: Sequence[tuple[str, int]], accept: str
) -> httpcore2.Response:
    """From the first address that takes the connection. Raises what the library raises."""
    *earlier, last = addresses
    for untried, address in zip(range(len(addresses), 1, -1), earlier, strict=True):
        try:
            return await pool.handle_async_request(_request(target, address, accept, _patience(untried)))
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
            continue
    return await pool.handle_async_request(_request(target, last, accept, _patience(1)))


def _patience(untried: int) -> float:
    """Seconds for TCP and as many for TLS, so that every address has its turn before the deadline.

    The deadline itself must not fall into a handshake: the library leaves the socket open when it is cancelled there.
    """
    left = anyio.current_effective_deadline() - anyio.current_time()
    return max(left, 0.0) * 0.45 / untried


def _request(target: Target, address: tuple[str, int], accept: str, patience: float) -> httpcore2.Request:
    """To the address, for the name: Host says it, and the certificate must be for it (RFC 9110 §4.3.4)."""
    host, port = address
    extensions: dict[str, object] = {"timeout": {"connect": patience}}
    if not target.is_address:
        extensions["sni_hostname"] = target.host
    return httpcore2.Request(
        "GET",
        httpcore2.URL(scheme="https", host=host, port=port, target=target.path_and_query),
        headers={
            "Host": target.authority,
            "User-Agent": USER_AGENT,
            "Accept": accept,
            "Accept-Encoding": "identity",
            "Connection": "close",
        },
        extensions=extensions,
    )


def _check_head(target: Target, status: int, headers: httpx2.Headers, limit: int) -> None:
    """Status 200, not packed, not announced as too large."""
    if status >= 500 or status in NOT_NOW:
        raise FetchFailedError(f"{target.host} answers with status {status} now.")
    if 300 <= status < 400:
        raise FetchRefusedError(f"{target.host} redirects, and redirects are not followed.")
    if status != 200:
        raise FetchRefusedError(f"{target.host} answers with status {status} instead of 200.")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise FetchRefusedError(f"{target.host} packs its answer, although it was asked not to.")
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(target, limit)


async def _body(target: Target, response: httpcore2.Response, limit: int) -> bytes:
    """What arrives, counted while it arrives."""
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(target, limit)
    return bytes(body)


def _too_large(target: Target, limit: int) -> FetchRefusedError:
    return FetchRefusedError(f"{target.host} answers with more than {limit:,} bytes.")


def _fetched(headers: httpx2.Headers, body: bytes) -> Fetched:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    cache_control = headers.get("cache-control", "")
    stated = _MAX_AGE.search(cache_control)
    max_age = 0 if _NOT_KEPT.search(cache_control) else int(stated[1]) if stated else None
    return Fetched(body, media_type, max_age)
