"""The end of an account at both servers: what was remembered can be read by nobody again (AS-111)."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlmodel import Session, select

from auth_server.membership.erasures import delete_account
from auth_server.models import Erasure, User
from auth_server.settings import Settings
from resource_server.memory.vault_keys import SealedKeyRing, VaultLockedError
from resource_server.models import VaultKey
from shared.database import open_engine, unit_of_work
from shared.master_key import MasterKey
from tests.doors import Doors, Person, wait_until
from tests.loopback import LOOPBACK
from tests.replicas import at, replica

SENTINEL = "the heron at the mill pond"


def in_database(doors: Doors, name: str, work: Callable[[Session], Any]) -> Any:
    """What `work` finds in one of the two databases."""
    engine = open_engine(f"sqlite:///{doors.data_dir / name}")
    with unit_of_work(engine) as session:
        found = work(session)
    engine.dispose()
    return found


def delete(doors: Doors, person: Person) -> str:
    """The account goes; gives its id."""

    def work(session: Session) -> str:
        user = session.exec(select(User).where(User.email == person.email)).one()
        delete_account(session, Settings(**doors.shared), user)
        return user.id

    deleted: str = in_database(doors, "auth.db", work)
    return deleted


def erasure_of(doors: Doors, user_id: str) -> Erasure:
    """How far it is."""
    found: Erasure = in_database(
        doors, "auth.db", lambda session: session.exec(select(Erasure).where(Erasure.user_id == user_id)).one()
    )
    return found


def wait_for_erasure(doors: Doors, user_id: str) -> Erasure:
    """Until the resource server has acknowledged it."""
    wait_until(lambda: erasure_of(doors, user_id).acknowledged_at is not None)
    return erasure_of(doors, user_id)


def vault_of(doors: Doors, user_id: str) -> Path:
    """Where the memories lie."""
    return doors.data_dir / "vaults" / f"{user_id}.db"


def key_row(doors: Doors, user_id: str) -> VaultKey | None:
    """The sealed key, as the database has it."""
    found: VaultKey | None = in_database(doors, "resource.db", lambda session: session.get(VaultKey, user_id))
    return found


def test_who_deletes_their_account_is_refused_within_five_seconds(doors: Doors) -> None:
    person = doors.person()
    connection = person.connect()
    assert connection.call("memory_store", value=SENTINEL).status_code == 200
    delete(doors, person)
    started = time.monotonic()
    wait_until(lambda: connection.call("memory_search", query="heron").status_code == 401)
    assert time.monotonic() - started < 5


def test_the_vault_and_its_key_are_gone(doors: Doors) -> None:
    """AS-111: a copy of the file and the database of now open nothing; the sealed key is in none of its pages."""
    person = doors.person()
    connection = person.connect()
    connection.call("memory_store", value=SENTINEL)
    user_id = doors.claims(connection)["sub"]
    row, copy = key_row(doors, user_id), doors.data_dir / "copy.db"
    assert row is not None
    shutil.copy(vault_of(doors, user_id), copy)
    delete(doors, person)
    erasure = wait_for_erasure(doors, user_id)
    assert not list((doors.data_dir / "vaults").glob(f"{user_id}*"))
    for file in doors.data_dir.glob("resource.db*"):
        assert row.wrapped_key not in file.read_bytes()
    engine = open_engine(f"sqlite:///{doors.data_dir / 'resource.db'}")
    with pytest.raises(VaultLockedError):
        SealedKeyRing(engine, MasterKey(b"\0" * 32, "")).key_of(user_id, may_create=True)
    engine.dispose()
    assert SENTINEL.encode() not in copy.read_bytes()
    copy.unlink()
    assert erasure.facts["vault"] == "destroyed"
    assert erasure.facts["bytes_destroyed"] > 0  # type: ignore[operator]


def test_who_never_remembered_anything_is_erased_as_well(doors: Doors) -> None:
    person = doors.person()
    user_id = doors.claims(person.connect())["sub"]
    delete(doors, person)
    assert wait_for_erasure(doors, user_id).facts["vault"] == "there was none"


def test_other_people_keep_what_they_have(doors: Doors) -> None:
    staying, going = doors.person().connect(), doors.person()
    staying.call("memory_store", value=SENTINEL)
    wait_for_erasure(doors, _deleted(doors, going))
    assert SENTINEL in staying.call("memory_search", query="heron").text


def test_an_erasure_waits_for_a_resource_server_that_is_down(own_doors: Doors) -> None:
    person = own_doors.person()
    connection = person.connect()
    connection.call("memory_store", value=SENTINEL)
    user_id = own_doors.claims(connection)["sub"]
    own_doors.stop_resource()
    delete(own_doors, person)
    assert vault_of(own_doors, user_id).exists()
    own_doors.start_resource()
    wait_for_erasure(own_doors, user_id)
    assert not vault_of(own_doors, user_id).exists()


def test_an_erasure_survives_the_end_of_either_server(own_doors: Doors) -> None:
    """The account goes while nobody can acknowledge it, and both start anew."""
    person = own_doors.person()
    connection = person.connect()
    connection.call("memory_store", value=SENTINEL)
    user_id = own_doors.claims(connection)["sub"]
    own_doors.stop_auth()
    own_doors.stop_resource()
    delete(own_doors, person)
    own_doors.start_resource(until_fresh=False)
    own_doors.start_auth()
    wait_for_erasure(own_doors, user_id)
    assert key_row(own_doors, user_id) is None


def test_a_database_taken_back_brings_nobody_back(own_doors: Doors) -> None:
    """AS-111: everything of the resource server as it was before; the key and the file go again."""
    person = own_doors.person()
    connection = person.connect()
    connection.call("memory_store", value=SENTINEL)
    user_id = own_doors.claims(connection)["sub"]
    own_doors.stop_resource()
    backup = own_doors.data_dir.parent / "backup"
    shutil.copytree(own_doors.data_dir, backup)
    own_doors.start_resource()
    delete(own_doors, person)
    first = wait_for_erasure(own_doors, user_id)
    own_doors.stop_resource()
    for name in (*(path.name for path in backup.glob("resource.db*")), f"vaults/{user_id}.db"):
        shutil.copy(backup / name, own_doors.data_dir / name)
    own_doors.start_resource()
    wait_until(lambda: key_row(own_doors, user_id) is None and not vault_of(own_doors, user_id).exists())
    assert erasure_of(own_doors, user_id).facts == first.facts


def test_a_second_server_lets_go_of_the_vault_too(own_doors: Doors) -> None:
    """Both have the vault open; whoever acknowledges first, nothing of it is left and neither makes it anew."""
    person = own_doors.person()
    connection = person.connect()
    user_id = own_doors.claims(connection)["sub"]
    with replica(own_doors) as second:
        for server in (own_doors.mcp_url, second):
            assert at(server, connection).call("memory_store", value=SENTINEL).status_code == 200
        delete(own_doors, person)
        wait_for_erasure(own_doors, user_id)
        for server in (own_doors.mcp_url, second):
            wait_until(lambda server=server: at(server, connection).call("memory_stats").status_code == 401)
        wait_until(lambda: not list((own_doors.data_dir / "vaults").glob(f"{user_id}*")))


def test_only_a_resource_server_acknowledges(doors: Doors) -> None:
    answer = httpx2.post(f"{doors.issuer}/internal/erasures/era_x", json={}, **LOOPBACK)
    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b'{"a": {}}', b'{"a": null}', b'{"a b": 1}', b"{" * 1000, b"\xff"])
def test_facts_that_are_none_are_refused(doors: Doors, body: bytes) -> None:
    secret = (doors.data_dir / "resource-server.credential").read_text().strip()
    headers = {"Authorization": f"Bearer {secret}"}
    answer = httpx2.post(f"{doors.issuer}/internal/erasures/era_x", content=body, headers=headers, **LOOPBACK)
    assert answer.status_code == 400


def _deleted(doors: Doors, person: Person) -> str:
    person.connect()
    return delete(doors, person)
