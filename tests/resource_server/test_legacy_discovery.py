"""MCP 2025-03-26, authorization §2.3: the authorization server looked for at the MCP server's origin, if it is told."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.doors import Doors
from tests.loopback import LOOPBACK
from tests.single_port_doors import SinglePortDoors

METADATA = "/.well-known/oauth-authorization-server"


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Two ports, and the setting on."""
    doors = Doors(tmp_path_factory.mktemp("mirror"), legacy_discovery=True)
    doors.start_auth()
    doors.start_resource(until_fresh=False)
    yield doors
    doors.close()


def test_it_is_off_unless_somebody_wants_it(doors: Doors) -> None:
    """RFC 8414 §3.3: current clients refuse metadata of another issuer, so none is shown to them."""
    for path in (METADATA, "/authorize", "/token"):
        assert httpx2.get(f"{doors.origin}{path}", **LOOPBACK).status_code == 404


def test_the_metadata_is_the_authorization_servers_own(mirror: Doors) -> None:
    """MCP 2025-03-26 §2.3.1; a browser client may read it."""
    answer = httpx2.get(f"{mirror.origin}{METADATA}", **LOOPBACK)
    assert answer.json() == httpx2.get(f"{mirror.issuer}{METADATA}", **LOOPBACK).json()
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_browser_is_sent_on_with_its_query(mirror: Doors) -> None:
    """MCP 2025-03-26 §2.3.3: /authorize is the default address; every parameter goes along as it was written."""
    query = "response_type=code&state=a%2Fb%20c+d%C3%A9&resource=http%3A%2F%2Fx"
    answer = httpx2.get(f"{mirror.origin}/authorize?{query}", **LOOPBACK)
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{mirror.issuer}/authorize?{query}"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("target", ["/authorize?x=%0d%0aSet-Cookie:a=b", "/authorize?//evil.example", "/authorize"])
def test_the_redirect_leads_to_the_issuer_whatever_is_asked(mirror: Doors, target: str) -> None:
    """RFC 9112 §11.1."""
    answer = httpx2.get(f"{mirror.origin}{target}", **LOOPBACK)
    assert answer.headers["location"].startswith(f"{mirror.issuer}/authorize")
    assert "set-cookie" not in answer.headers


def test_nothing_but_a_browsers_get_is_redirected(mirror: Doors) -> None:
    """A redirected POST would send a code or a secret a second time, to wherever the first server says."""
    assert httpx2.post(f"{mirror.origin}/authorize", data={"a": "b"}, **LOOPBACK).status_code == 405
    for path in ("/token", "/register", "/revoke", "/introspect"):
        assert httpx2.post(f"{mirror.origin}{path}", data={"a": "b"}, **LOOPBACK).status_code == 404


def test_an_authorization_server_that_is_down_is_a_503(tmp_path: Path) -> None:
    doors = Doors(tmp_path, legacy_discovery=True)
    doors.start_resource(until_fresh=False)
    answer = httpx2.get(f"{doors.origin}{METADATA}", **LOOPBACK)
    doors.close()
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_at_one_port_it_changes_nothing(tmp_path: Path) -> None:
    """There /authorize is the real one, and nothing is redirected."""
    doors = SinglePortDoors(tmp_path, legacy_discovery=True)
    doors.start_auth()
    doors.start_resource(until_fresh=False)
    answer = httpx2.get(f"{doors.origin}/authorize", **LOOPBACK)
    metadata = httpx2.get(f"{doors.origin}{METADATA}", **LOOPBACK)
    doors.close()
    assert answer.status_code != 302
    assert answer.headers["content-type"].startswith("text/html")
    assert metadata.json()["issuer"] == doors.origin
