"""RFC 6265bis: cookies where one origin is shared by two servers (AS-92)."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from auth_server.settings import Settings
from shared.cookies import auth_cookies, is_auth_cookie
from tests.auth_harness import AuthHarness
from tests.consent_form import PASSWORD, form_fields, own_origin
from tests.doors import new_person
from tests.loopback import LOOPBACK
from tests.resource_server.behind import Behind, FrontDoor, front_door
from tests.single_port_doors import SinglePortDoors

pytestmark = pytest.mark.xdist_group("one-port")

PUBLIC = "https://memory.example.org"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    """The one port with something behind it that tells which cookies arrive."""
    with front_door(tmp_path_factory.mktemp("cookies"), Behind()) as running:
        yield running


def test_pages_of_both_servers_share_an_origin_at_one_port_alone(one_port: SinglePortDoors) -> None:
    """AS-92: sign-in and the MCP endpoint lie at one origin there, and the metadata says so."""
    resource = httpx2.get(f"{one_port.origin}/.well-known/oauth-protected-resource/mcp", **LOOPBACK).json()
    server = httpx2.get(f"{one_port.origin}/.well-known/oauth-authorization-server", **LOOPBACK).json()
    assert resource["authorization_servers"] == [server["issuer"]] == [one_port.origin]
    assert httpx2.get(f"{one_port.origin}/login", **LOOPBACK).status_code == 200


def test_without_it_no_page_of_the_other_server_is_there(settled: AuthHarness) -> None:
    """AS-92: each server answers its own paths, and none of the other's."""
    assert settled.http.get("/mcp").status_code == 404


def test_only_its_own_cookies_reach_the_authorization_server(door: FrontDoor) -> None:
    """AS-92, RFC 6265bis §5.8.3: other cookies of the origin are none of its business, in one field or in two."""
    sent = [
        ("Cookie", "a=1; __Host-ostiary_auth=s; ostiary_mcp=m; ostiary_auth_ab12=t; __Host-ostiary_mcp=n"),
        ("Cookie", "ostiary_authority=x; ostiary_auth_ab12_form=f; =; ;ostiary_auth"),
    ]
    seen = httpx2.get(f"{door.origin}/login", headers=sent, **LOOPBACK).json()
    arrived = [value for name, value in seen["headers"] if name == "cookie"]
    assert arrived == ["__Host-ostiary_auth=s; ostiary_auth_ab12=t; ostiary_auth_ab12_form=f; ostiary_auth"]


def test_a_request_without_such_cookies_has_no_cookie_field(door: FrontDoor) -> None:
    """AS-92."""
    seen = httpx2.get(f"{door.origin}/login", headers={"Cookie": "a=1; ostiary_mcp=m"}, **LOOPBACK).json()
    assert "cookie" not in {name for name, _ in seen["headers"]}


@pytest.mark.parametrize("issuer", ["http://localhost:9000", PUBLIC])
def test_every_cookie_of_the_authorization_server_is_known_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    """AS-92: a new one with another name would be lost at the one port. RFC 6265bis §4.1.3.2: Path=/, no Domain."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(Settings(data_dir=tmp_path / "data", issuer=issuer))
    auth.create_user()
    page = auth.http.get("/login")
    fields = form_fields(page.text, "/login") | {"email": ["ada@example.org"], "password": [PASSWORD]}
    answer = auth.http.post("/login", data=fields, headers=own_origin(auth.http))
    set_cookies = [*page.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")]
    names = {cookie.partition("=")[0] for cookie in set_cookies}
    assert len(names) == 3
    assert all(is_auth_cookie(name.encode()) for name in names)
    assert all("; Path=/" in cookie and "Domain" not in cookie for cookie in set_cookies)
    assert all(name.startswith("__Host-") for name in names) == issuer.startswith("https")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"", b""),
        (b";;", b""),
        (b"__host-ostiary_auth=a", b""),
        (b"OSTIARY_AUTH=a", b""),
        (b"__Host-__Host-ostiary_auth=a", b""),
        (b' ostiary_auth_x = "a;ostiary_mcp=b" ', b'ostiary_auth_x = "a'),
        (b"a=ostiary_auth_x=b", b""),
        (b"__Host-ostiary_auth=a=b", b"__Host-ostiary_auth=a=b"),
    ],
)
def test_odd_cookies_are_read_as_browsers_write_them(sent: bytes, kept: bytes) -> None:
    """AS-92, RFC 6265bis §4.2.1: a semicolon ends a pair, wherever it stands."""
    assert auth_cookies([sent]) == kept


def test_a_signed_in_browser_opens_nothing_at_the_mcp_endpoint(one_port: SinglePortDoors) -> None:
    """AS-92: the browser sends its session there, as both lie at one origin, and the endpoint does not look."""
    person = new_person(one_port, one_port.data_dir)
    assert person.browser.get("/account/apps").status_code == 200
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    refused = person.browser.post("/mcp", json=listing)
    person.browser.close()
    assert refused.request.headers["cookie"]
    assert refused.status_code == 401
    assert "set-cookie" not in refused.headers
