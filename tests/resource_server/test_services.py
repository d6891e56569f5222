"""Programs that act in their own name, at the MCP endpoint: memories of their own, apart from everybody's."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from auth_server.clients import delete_client
from auth_server.models import Client
from auth_server.trust.client_verdicts import block_client
from shared.database import open_engine, unit_of_work
from tests.auth_harness import RegisteredClient
from tests.doors import Connection, Doors, Person, wait_until
from tests.loopback import LOOPBACK
from tests.service_clients import entered_service


def service(doors: Doors, **rights: Any) -> RegisteredClient:
    """A program that an administrator entered while the servers run."""
    engine = open_engine(f"sqlite:///{doors.data_dir / 'auth.db'}")
    with unit_of_work(engine) as session:
        made = entered_service(session, **rights)
    engine.dispose()
    return made


def connected(doors: Doors, client: RegisteredClient) -> Connection:
    """The program with a token of its own."""
    form = {"grant_type": "client_credentials", **client.credential}
    answer = httpx2.post(f"{doors.issuer}/token", data=form, **LOOPBACK)
    assert answer.status_code == 200, answer.text
    return Connection(doors.mcp_url, client.id, answer.json())


@pytest.fixture(scope="module")
def nightly(doors: Doors) -> Connection:
    """A service that may read and write."""
    return connected(doors, service(doors))


def test_a_service_stores_and_recalls(nightly: Connection) -> None:
    """AS-58, RFC 9068 §3: memories of the client itself."""
    assert nightly.call("memory_store", text="The backup ran at three.").status_code == 200
    assert "backup ran at three" in nightly.call("memory_search", query="backup").text


def test_services_and_people_see_nothing_of_each_other(doors: Doors, nightly: Connection, mary: Person) -> None:
    """AS-58, RFC 9700 §4.15: whoever shares a server shares no memory."""
    person, other = mary.connect(), connected(doors, service(doors))
    nightly.call("memory_store", text="The heron nests by the weir.")
    person.call("memory_store", text="The heron of mine is tame.")
    assert "weir" in nightly.call("memory_search", query="heron").text
    assert "tame" not in nightly.call("memory_search", query="heron").text
    assert "weir" not in person.call("memory_search", query="heron").text
    assert "heron" not in other.call("memory_search", query="weir").text


def test_a_service_that_only_reads_writes_nothing(doors: Doors) -> None:
    """AS-58: it keeps to the scope that was entered."""
    reading = connected(doors, service(doors, write=()))
    assert reading.call("memory_store", text="no").status_code == 403


def test_a_token_for_the_administration_opens_no_memories(doors: Doors) -> None:
    """RFC 8707 §2."""
    administering = connected(doors, service(doors, read=(), write=(), may_administer=True))
    assert administering.call("memory_search", query="x").status_code == 401


@pytest.mark.parametrize("shut_out", [delete_client, block_client])
def test_a_service_that_is_shut_out_is_refused_within_seconds(doors: Doors, shut_out: Callable[..., None]) -> None:
    """AS-50: deleted or blocked, whatever its token says."""
    client = service(doors)
    connection = connected(doors, client)
    assert connection.call("memory_search", query="x").status_code == 200
    engine = open_engine(f"sqlite:///{doors.data_dir / 'auth.db'}")
    with unit_of_work(engine) as session:
        shut_out(session, session.get_one(Client, client.id))
    engine.dispose()
    wait_until(lambda: connection.call("memory_search", query="x").status_code == 401)
