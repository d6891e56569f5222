"""RFC 6585 §4: how many requests are answered at /mcp, by credential, person and address (M16, M17, M50)."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import time_machine

from resource_server.limits import MOST_NETWORKS
from shared.clock import now
from tests.doors import Doors, Person
from tests.key_holders import KeyHolder, key_of
from tests.loopback import LOOPBACK
from tests.mcp_messages import request

PING = request("ping")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Both servers, with little room."""
    limits = {"rate_limit_requests": 5, "rate_limit_window": 3600, "refused_per_minute": 50}
    doors = Doors(tmp_path_factory.mktemp("strict"), **limits)
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()


@pytest.fixture
def person(strict: Doors) -> Person:
    """Somebody who has used nothing up."""
    return strict.person()


def statuses(holder: KeyHolder, times: int) -> list[int]:
    """Of so many pings."""
    return [holder.status() for _ in range(times)]


def test_beyond_the_limit_a_credential_is_put_off(person: Person) -> None:
    """M17: 429 with Retry-After, as an answer that JSON-RPC clients can read."""
    key = key_of(person)
    assert statuses(key, 5) == [200] * 5
    answer = key.post(PING)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    assert answer.json()["error"]["code"] == -32029
    assert answer.json()["jsonrpc"] == "2.0"


def test_another_credential_of_the_same_person_has_room_of_its_own(person: Person) -> None:
    """M16: per credential, tokens as well as keys."""
    assert statuses(key_of(person, "first"), 6)[-1] == 429
    assert key_of(person, "second").status() == 200
    connection = person.connect()
    assert [connection.post(PING).status_code for _ in range(6)] == [200] * 5 + [429]


def test_all_credentials_of_a_person_together_have_a_limit_too(person: Person) -> None:
    """M16: five times as much as one; whoever makes keys makes no room."""
    seen = [status for number in range(6) for status in statuses(key_of(person, f"key {number}"), 5)]
    assert seen == [200] * 25 + [429] * 5


def test_refused_requests_count(person: Person) -> None:
    """M50: whatever is wrong with them."""
    key = key_of(person)
    refused = [
        key.status(X_User_ID="usr_x"),
        key.status(Accept="image/png"),
        httpx2.post(key.mcp_url, content=b"{", headers=key.headers, **LOOPBACK).status_code,
        httpx2.get(key.mcp_url, headers=key.headers, **LOOPBACK).status_code,
        key.post(request("tools/call", {"name": 5})).status_code,
    ]
    assert 200 not in refused[:4]
    assert key.status() == 429


def test_an_address_that_proves_nothing_is_put_off_and_good_credentials_are_not(tmp_path: Path) -> None:
    """M16: people of a hosted app share its address, so that only what fails is counted for it."""
    doors = Doors(tmp_path, refused_per_minute=20)
    doors.start_auth()
    doors.start_resource()
    known, new = key_of(doors.person(), "known"), key_of(doors.person(), "new")
    token = doors.person().connect()
    assert known.status() == 200
    guesses = [KeyHolder(doors.mcp_url, f"a-guess-{number}").status() for number in range(4)]
    assert guesses == [401, 401, 429, 429]
    assert new.status() == 429
    anonymous = [httpx2.post(doors.mcp_url, json=PING, **LOOPBACK).status_code for _ in range(20)]
    assert (anonymous[0], anonymous[-1]) == (401, 429)
    assert known.status() == 200
    assert token.post(PING).status_code == 200
    doors.close()


def test_a_crowd_of_addresses_is_counted_as_one_and_guesses_no_more_than_one(tmp_path: Path) -> None:
    """Whoever has more networks than are counted gains nothing; new apps are let in to ask all the same."""
    doors = Doors(tmp_path, trusted_proxies="127.0.0.0/8", refused_per_minute=20)
    doors.start_auth()
    doors.start_resource()
    start_of_a_minute = now().replace(second=0)  # the one before: nobody takes the news of grants for old
    with time_machine.travel(start_of_a_minute), httpx2.Client(**LOOPBACK) as client:

        def status(address: str, **headers: str) -> int:
            named = {"X-Forwarded-For": address} | {name.replace("_", "-"): value for name, value in headers.items()}
            return client.post(doors.mcp_url, json=PING, headers=named).status_code

        for number in range(MOST_NETWORKS):
            status(f"2001:db8:{number:x}::1")
        guesses = [status(f"192.0.2.{number}", X_API_Key=f"guess-{number}") for number in range(5)]
        assert guesses == [401, 401, 429, 429, 429]
        assert {status(f"198.51.100.{number}") for number in range(30)} == {401}
    doors.close()
