"""Listening sockets, opened before any server runs, so that a taken port is known at once and survives a restart."""

import errno
import socket
from collections.abc import Sequence

LOOPBACK = ("127.0.0.1", "::1")
BACKLOG = 2048
ATTEMPTS = 20


class PortTakenError(OSError):
    """Somebody listens where we wanted to: another program, or another Ostiary."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of `host`, all on one port; port 0 picks a free one.

    `localhost` means both loopback families, whatever the hosts file says. Raises PortTakenError or OSError.
    """
    for _ in range(ATTEMPTS if port == 0 else 1):
        try:
            return _listen_on_all(_addresses(host), port)
        except PortTakenError as taken:  # a free port of one family may be taken in the other
            last = taken
    raise last


def port_of(sockets: Sequence[socket.socket]) -> int:
    """The port they share."""
    return int(sockets[0].getsockname()[1])


def _addresses(host: str) -> list[str]:
    if host == "localhost":
        return list(LOOPBACK)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as unknown:
        raise OSError(f"{host} is not a name or address of this machine") from unknown
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _listen_on_all(addresses: Sequence[str], port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for address in addresses:
            try:
                sockets.append(_listen_on(address, port))
            except OSError as failure:
                # A machine without IPv6 still has a localhost.
                if address != "::1" or failure.errno == errno.EADDRINUSE or not sockets:
                    raise
            port = port_of(sockets)
    except OSError as failure:
        for opened in sockets:
            opened.close()
        raise _explained(failure, port) from failure
    return sockets


def _listen_on(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((address, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _explained(failure: OSError, port: int) -> OSError:
    if failure.errno == errno.EADDRINUSE:
        return PortTakenError(f"port {port} is taken, by another Ostiary or another program")
    return OSError(f"cannot listen on port {port}: {failure.strerror or failure}")
