"""A head that is known is still whose it is: refusals count for who sent it, and calls for who makes them."""

from collections.abc import Iterator

import httpx2
import pytest

from resource_server.authorization.protected_resources import ProtectedResource
from resource_server.transport.accept import Reads
from resource_server.transport.heads import LEARNS, LONGEST, MOST_FIELDS, Head, Presented, learn_head
from shared.credential_forms import Credential
from tests.doors import Connection, Doors, wait_until
from tests.loopback import LOOPBACK
from tests.mcp_messages import modern_headers, modern_request

PING = modern_request("server/discover", {})


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Both servers behind a proxy on this machine, with little room."""
    limits = {"rate_limit_requests": 30, "rate_limit_window": 3600, "refused_per_minute": 20}
    doors = Doors(tmp_path_factory.mktemp("proxied"), trusted_proxies="127.0.0.0/8", **limits)
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()


def status(doors: Doors, address: str, app: Connection | None = None) -> int:
    """Of a request from an address, by an app or by nobody."""
    headers = (app.headers if app else {}) | modern_headers("server/discover") | {"X-Forwarded-For": address}
    return httpx2.post(doors.mcp_url, json=PING, headers=headers, **LOOPBACK).status_code


def test_refusals_of_a_head_that_is_known_count_for_who_sent_it(proxied: Doors) -> None:
    app = proxied.person().connect()
    assert [status(proxied, "198.51.100.1", app) for _ in range(2)] == [200, 200]
    proxied.revoke(app)
    wait_until(lambda: status(proxied, "198.51.100.1", app) != 200)
    assert {status(proxied, "198.51.100.1", app) for _ in range(20)} == {401, 429}
    assert status(proxied, "198.51.100.1") == 429
    assert status(proxied, "203.0.113.7") == 401


def test_a_head_that_is_known_is_counted_each_time(proxied: Doors) -> None:
    app = proxied.person().connect()
    assert [status(proxied, "192.0.2.1", app) for _ in range(31)] == [200] * 30 + [429]
    assert status(proxied, "192.0.2.2", app) == 429


@pytest.mark.parametrize(
    ("fields", "is_kept"),
    [
        ([(b"accept", b"*/*")], True),
        ([(b"x-%d" % number, b"") for number in range(MOST_FIELDS + 1)], False),
        ([(b"x", b"1")] * (MOST_FIELDS + 1), False),
        ([(b"x", b"1" * LONGEST)], False),
    ],
)
def test_a_head_of_many_or_long_fields_is_not_kept(fields: list[tuple[bytes, bytes]], is_kept: bool) -> None:
    """A thousand are kept, and whoever may call chooses what stands in them."""
    kept: list[Head] = []
    resource = ProtectedResource("http://localhost/mcp", "", "", (), ())
    scope = {"type": "http", "scheme": "http", "client": ("127.0.0.1", 1), "headers": fields, LEARNS: kept.append}
    learn_head(scope, Head(resource, Presented(Credential("key")), Reads.JSON))
    assert bool(kept) is is_kept
