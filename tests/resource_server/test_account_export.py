"""What a person takes along, and what a certificate says, at both servers."""

import io
import json
import zipfile
from typing import Any

import httpx2
import pytest

from auth_server.app import open_services
from auth_server.membership.account_export import archive
from auth_server.membership.erasure_certificates import CertificateBrokenError, verify_certificate
from auth_server.membership.memory_export import MemoryStream, export_token
from auth_server.settings import Settings
from shared.database import open_engine, unit_of_work
from tests.consent_form import PASSWORD, form_fields
from tests.doors import Doors, Person, wait_until
from tests.loopback import LOOPBACK

MANY = 250
LINES_APART = "two\u2028lines, and a heron"


def send(person: Person, page: str, **fields: str) -> Any:
    """The form of a page, sent."""
    filled = form_fields(person.browser.get(page).text, page) | {name: [value] for name, value in fields.items()}
    return person.browser.post(page, data=filled)


def download(person: Person) -> zipfile.ZipFile:
    """The file, whole."""
    answer = send(person, "/account/you/export", password=PASSWORD)
    assert answer.status_code == 200, answer.text
    file = zipfile.ZipFile(io.BytesIO(answer.content))
    assert file.testzip() is None
    return file


def memories_in(file: zipfile.ZipFile) -> list[dict[str, Any]]:
    """The lines."""
    return [json.loads(line) for line in file.read("memories.jsonl").split(b"\n") if line]


def test_a_download_has_every_memory_and_says_how_many(doors: Doors) -> None:
    person = doors.person()
    connection = person.connect()
    for number in range(MANY):
        connection.call("memory_store", value=f"{LINES_APART} {number}", namespace="personal")
    *memories, last = memories_in(download(person))
    assert last == {"memories": MANY}
    assert {memory["text"] for memory in memories} == {f"{LINES_APART} {number}" for number in range(MANY)}


def test_a_download_has_the_history_and_the_ledger(doors: Doors) -> None:
    person = doors.person()
    connection = person.connect()
    connection.call("memory_store", text="the heron", key="bird")
    connection.call("memory_update", key="bird", text="the owl")
    file = download(person)
    *events, _ = [json.loads(line) for line in file.read("history.jsonl").splitlines()]
    assert [(event["kind"], event["state"]["text"]) for event in events] == [
        ("stored", "the heron"),
        ("updated", "the owl"),
    ]
    *entries, last = [json.loads(line) for line in file.read("ledger.jsonl").splitlines()]
    assert [entry["tool"] for entry in entries] == ["memory_store", "memory_update"]
    assert last == {"memories": 2}


def test_a_download_has_the_account_without_its_secrets(doors: Doors) -> None:
    person = doors.person()
    connection = person.connect()
    account = json.loads(download(person).read("account.json"))
    assert account["account"]["email"] == person.email
    assert [grant["client_id"] for grant in account["connected_apps"]] == [connection.client_id]
    assert "account_exported" in [event["kind"] for event in account["events"]]
    assert not {"digest", "password_hash", "sealed_totp_secret", "secret"} & set(json.dumps(account).split('"'))


def test_a_download_has_nobody_elses_memories(doors: Doors) -> None:
    other, person = doors.person(), doors.person()
    other.connect().call("memory_store", value="the owl")
    person.connect()
    assert memories_in(download(person)) == [{"memories": 0}]


def test_a_download_makes_no_vault(doors: Doors) -> None:
    person = doors.person()
    user_id = doors.claims(person.connect())["sub"]
    download(person)
    assert not (doors.data_dir / "vaults" / f"{user_id}.db").exists()


def test_what_would_be_lost_is_counted_at_the_other_server(doors: Doors) -> None:
    person = doors.person()
    connection = person.connect()
    for text in ("one", "two", "three"):
        connection.call("memory_store", value=text)
    assert "3 memories, with their history" in person.browser.get("/account/you/delete").text


def test_only_a_token_for_this_person_exports(doors: Doors) -> None:
    """A catalog's token, an app's, and another person's open nothing."""
    mine, others = (doors.claims(doors.person().connect())["sub"] for _ in range(2))
    services = open_services(Settings(**doors.shared))
    with unit_of_work(services.engine, read_only=True) as session:
        token = export_token(session, services, mine)
    services.engine.dispose()
    good, bad = (
        httpx2.get(
            f"{doors.origin}/internal/export",
            params={"sub": sub},
            headers={"Authorization": f"Bearer {token}"},
            **LOOPBACK,
        )
        for sub in (mine, others)
    )
    assert (good.status_code, bad.status_code) == (200, 401)
    app = doors.person().connect()
    answer = httpx2.get(
        f"{doors.origin}/internal/export", params={"sub": doors.claims(app)["sub"]}, headers=app.headers, **LOOPBACK
    )
    assert answer.status_code == 401


def test_a_file_that_broke_off_says_so() -> None:
    """The connection ends before the last line: what came is there, and a file says that more is missing."""

    class HalfAnAnswer:
        def iter_bytes(self) -> Any:
            yield b'{"id": "mem_1"}\n'
            raise httpx2.ReadError("gone")

    pieces = archive({"account": {}}, MemoryStream(HalfAnAnswer()))  # type: ignore[arg-type]
    file = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert file.testzip() is None
    assert "MEMORIES-ARE-MISSING.txt" in file.namelist()


def test_a_certificate_says_what_was_destroyed_and_can_be_checked(doors: Doors) -> None:
    person = doors.person()
    person.connect().call("memory_store", value="the heron")
    address = send(person, "/account/you/delete", email=person.email, password=PASSWORD).headers["location"]
    wait_until(lambda: "Everything is erased" in person.browser.get(address).text)
    certificate = person.browser.get(address.replace("?", "/certificate?"))
    assert certificate.headers["content-disposition"].startswith("attachment")
    engine = open_engine(f"sqlite:///{doors.data_dir / 'auth.db'}")
    with unit_of_work(engine, read_only=True) as session:
        said = verify_certificate(session, certificate.content)
        assert said["destroyed"]["vault"] == "destroyed"
        for changed in (b"{}", b"\xff", certificate.content.replace(b"destroyed", b"kept")):
            with pytest.raises(CertificateBrokenError):
                verify_certificate(session, changed)
    engine.dispose()
