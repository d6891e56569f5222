"""Both servers behind one port, in this process: the fixture `one_port`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.doors import Doors
from tests.tls_proxy import TlsProxy

LOOPBACK_PROXIES = ("127.0.0.1/32", "::1/128")


class SinglePortDoors(Doors):
    """As `Doors`, but everything public is at the resource server's port; `behind` is the other one's address.

    `public_origin` is the address that a proxy in front leads here. The authorization server believes what the
    resource server says of a peer.
    """

    def __init__(self, data_dir: Path, public_origin: str = "", **resource_settings: Any) -> None:
        super().__init__(data_dir, **resource_settings)
        self.issuer = self.origin = public_origin or self.origin
        self.mcp_url = f"{self.origin}/mcp"
        self.shared = self.shared | {"issuer": self.issuer, "mcp_url": self.mcp_url}
        inside = {"single_port": True, "auth_internal_url": f"http://127.0.0.1:{self.auth_port}"}
        self.resource_settings = inside | self.resource_settings
        self.auth_settings = {
            "trusted_proxies": LOOPBACK_PROXIES,
            "resource_internal_url": f"http://127.0.0.1:{self.resource_port}",
        }


@pytest.fixture(scope="session")
def one_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SinglePortDoors]:
    """Both servers at one port, shared by all tests of a process: restart nothing."""
    doors = SinglePortDoors(tmp_path_factory.mktemp("one-port"))
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()


@pytest.fixture(scope="session")
def public_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SinglePortDoors]:
    """The same at a public https address: a proxy with TLS stands in front, as a tunnel's end does."""
    proxy = TlsProxy()
    folder = tmp_path_factory.mktemp("public-port")
    doors = SinglePortDoors(folder, proxy.url, trusted_proxies=LOOPBACK_PROXIES)
    proxy.target_port = doors.resource_port
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()
    proxy.stop()
