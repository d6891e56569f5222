"""RFC 9110 §15.5.9: a body that drips is not waited for, wherever it goes; each piece of it used to buy more time."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from resource_server.single_port.errors import BusyError
from resource_server.single_port.in_flight import OF_ONE_NETWORK, InFlight
from tests.doors import Doors, wait_until
from tests.loopback import LOOPBACK
from tests.resource_server.behind import Behind, FrontDoor, front_door
from tests.servers import PATIENCE

SOON = 0.5


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Both servers, each at its port."""
    doors = Doors(tmp_path_factory.mktemp("impatient"))
    doors.shared |= {"body_seconds": SOON}
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()


@pytest.fixture(scope="module")
def one_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    """The one port, behind a proxy that says who asks."""
    folder = tmp_path_factory.mktemp("one")
    with front_door(folder, Behind(), body_seconds=SOON, trusted_proxies=("127.0.0.1/32",)) as door:
        yield door


def head(path: str, *fields: str, length: int = 1000) -> bytes:
    """Of a POST whose body is announced."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}", *fields, "", ""]
    return "\r\n".join(lines).encode()


def status_of_dripped(port: int, request: bytes) -> bytes:
    """A byte every now and then, until there is an answer; the status line's beginning."""
    answered = threading.Event()
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(request)

        def drip() -> None:
            while not answered.wait(SOON / 5):
                connection.sendall(b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            return connection.recv(65536)[:12]
        finally:
            answered.set()
            dripping.join()


FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.mark.parametrize("path", ["/token", "/login", "/register"])
def test_the_authorization_server_waits_so_long(impatient: Doors, path: str) -> None:
    assert status_of_dripped(impatient.auth_port, head(path, FORM)) == b"HTTP/1.1 408"


def test_the_mcp_endpoint_waits_so_long(impatient: Doors) -> None:
    token = impatient.person().connect().access_token
    request = head("/mcp", f"Authorization: Bearer {token}", "Accept: application/json")
    assert status_of_dripped(impatient.resource_port, request) == b"HTTP/1.1 408"


def test_the_one_port_waits_so_long(one_door: FrontDoor) -> None:
    assert status_of_dripped(one_door.port, head("/token", FORM)) == b"HTTP/1.1 408"


def test_one_network_keeps_nobody_else_from_the_one_port(tmp_path: Path) -> None:
    """503 with Retry-After for who has many requests under way; others are answered, and so is it afterwards."""
    with front_door(tmp_path, Behind(), trusted_proxies=("127.0.0.1/32",)) as door, ExitStack() as open_ones:

        def asking(address: str) -> httpx2.Response:
            return httpx2.get(f"{door.origin}/login", headers={"X-Forwarded-For": address}, **LOOPBACK)

        for number in range(OF_ONE_NETWORK):
            connection = open_ones.enter_context(socket.create_connection(("127.0.0.1", door.port), timeout=PATIENCE))
            connection.sendall(head("/token", f"X-Forwarded-For: 2001:db8::{number:x}"))
        wait_until(lambda: asking("2001:db8::ffff").status_code == 503)
        assert "retry-after" in asking("2001:db8::ffff").headers
        assert asking("2001:db8:0:1::1").status_code == 200
        open_ones.close()
        wait_until(lambda: asking("2001:db8::ffff").status_code == 200)


def test_all_networks_together_have_a_limit_too() -> None:
    """And what has ended counts no more."""
    in_flight = InFlight(of_all=2, of_one_network=2)

    def under_way(addresses: list[str], then: Callable[[], None]) -> None:
        with ExitStack() as requests:
            for address in addresses:
                requests.enter_context(in_flight.one_more(address))
            then()

    def one_more_is_refused() -> None:
        with pytest.raises(BusyError), in_flight.one_more("192.0.2.3"):
            pass

    for _ in range(2):
        under_way(["192.0.2.1", "192.0.2.2"], one_more_is_refused)
