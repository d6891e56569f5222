"""The audit log as administrators meet it: page, API, command; whole, or caught where it is not."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import delete, select
from typer.testing import CliRunner

from auth_server.audit_log.audit import AuditKind, record
from auth_server.audit_log.audit_verification import verify
from auth_server.audit_log.audit_words import SENTENCES
from auth_server.models import AuditEvent, User
from cli.main import app
from tests.admin.api import ROOT, AdminApi
from tests.auth_harness import AuthHarness, error_of, later
from tests.cli.invoking import refuse, run

ROOT_FOLDER = Path(__file__).parent.parent.parent
SECRET = re.compile(r"eyJ[\w-]{10,}\.|\b(ac|at|rt|rs|bs|cr|cs|csrf|dev|rat|setup|ost|iat)_[\w-]{20,}|\$argon2")


def tamper(auth: AuthHarness, *statements: str) -> None:
    """What somebody does who writes to the database file itself."""
    with auth.database() as session:
        for act in ("update", "delete"):
            session.connection().execute(text(f"DROP TRIGGER IF EXISTS audit_events_no_{act}"))
        for statement in statements:
            session.connection().execute(text(statement))


def test_events_come_newest_first_and_in_pages(api: AdminApi) -> None:
    first = api.get("/audit", limit=1).json()
    second = api.get("/audit", limit=1, after=first["next"]).json()
    assert first["items"][0]["sequence"] == second["items"][0]["sequence"] + 1
    assert first["items"][0]["kind"] == "key_created"
    assert api.get("/audit", limit=200).json()["next"] is None


def test_an_event_is_said_in_words(api: AdminApi) -> None:
    [event] = api.get("/audit", kind="key_created").json()["items"]
    assert event["sentence"] == f"An API key was made for {ROOT}"


def test_every_kind_has_a_sentence() -> None:
    assert set(AuditKind) == set(SENTENCES)


def test_a_person_is_found_by_address_or_id(api: AdminApi) -> None:
    by_address = api.get("/audit", person=ROOT.upper()).json()["items"]
    by_id = api.get("/audit", person=api.root.id).json()["items"]
    assert by_address == by_id != []


def test_words_are_found_in_kinds_ids_and_facts(api: AdminApi) -> None:
    with api.auth.database() as session:
        record(session, AuditKind.HOST_RULE_CHANGED, host="bücher.example", verdict="allow")
    for words in ("BÜCHER", "host_rule", "allow"):
        assert [event["kind"] for event in api.get("/audit", q=words).json()["items"]] == ["host_rule_changed"]
    assert api.get("/audit", q="%").json()["items"] == []


def test_time_narrows(api: AdminApi) -> None:
    [event] = api.get("/audit", kind="key_created").json()["items"]
    assert api.get("/audit", since=event["at"]).json()["items"][-1]["id"] == event["id"]
    assert event["id"] not in {one["id"] for one in api.get("/audit", until=event["at"]).json()["items"]}


@pytest.mark.parametrize("query", [{"after": "x"}, {"after": "9" * 30}, {"limit": 0}, {"since": "soon"}, {"q": "\x00"}])
def test_what_makes_no_sense_is_said(api: AdminApi, query: dict[str, str]) -> None:
    assert error_of(api.get("/audit", **query)) == (422, "invalid_request")


def test_the_export_holds_everything_in_order(api: AdminApi) -> None:
    lines = [json.loads(line) for line in api.get("/audit.jsonl").text.splitlines()]
    assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
    assert {"hash", "facts", "at"} <= set(lines[0])


def test_the_page_shows_what_the_address_asks_for(root: AuthHarness) -> None:
    page = root.http.get("/admin/audit", params={"kind": "signed_in", "q": "pwd"}).text
    assert f"{ROOT} signed in" in page
    assert "An API key was made" not in page


def test_the_page_bears_any_address(root: AuthHarness) -> None:
    strange = ["page=-1", f"page={9**30}", "q=%00%ff", "since=9999-12-31", "until=0000", "kind=%F0", "q=a&q=b"]
    assert {root.http.get(f"/admin/audit?{query}").status_code for query in strange} == {200}


def test_the_page_offers_the_same_events_as_a_file(root: AuthHarness) -> None:
    file = root.http.get("/admin/audit/export?kind=signed_in")
    assert file.headers["content-disposition"].startswith("attachment")
    assert [json.loads(line)["kind"] for line in file.text.splitlines()] == ["signed_in"]


def test_a_whole_log_says_so(root: AuthHarness, api: AdminApi) -> None:
    assert "All " in root.http.get("/admin/audit/verification").text
    found = api.get("/audit/verification").json()
    assert found["is_whole"]
    assert api.get("/audit/verification", head=found["head"]).json()["is_whole"]


def test_a_changed_event_is_found(root: AuthHarness, api: AdminApi) -> None:
    tamper(root, "UPDATE audit_events SET kind = 'signed_out' WHERE sequence = 2")
    assert api.get("/audit/verification").json()["broken_at"] == 2
    assert "Event 2 was changed" in root.http.get("/admin/audit/verification").text


def test_an_event_that_was_taken_out_is_found(root: AuthHarness, api: AdminApi) -> None:
    tamper(root, "DELETE FROM audit_events WHERE sequence = 1")
    assert api.get("/audit/verification").json()["broken_at"] == 1


def test_a_log_that_was_cut_off_lacks_the_head_of_before(root: AuthHarness, api: AdminApi) -> None:
    head = api.get("/audit/verification").json()["head"]
    tamper(root, f"DELETE FROM audit_events WHERE sequence = {head.split(':')[0]}")
    assert api.get("/audit/verification").json()["is_whole"]
    found = api.get("/audit/verification", head=head).json()
    assert (found["is_whole"], found["lacks_head"]) == (False, True)


def test_a_head_that_is_none_is_refused(root: AuthHarness, api: AdminApi) -> None:
    assert error_of(api.get("/audit/verification", head="3:abc")) == (422, "invalid_request")
    assert root.http.get("/admin/audit/verification?head=nonsense").status_code == 400


@pytest.mark.parametrize("statement", ["UPDATE audit_events SET kind = ''", "DELETE FROM audit_events"])
def test_the_database_refuses_to_change_the_past(auth: AuthHarness, statement: str) -> None:
    with pytest.raises(IntegrityError), auth.database() as session:
        session.connection().execute(text(statement))


def test_a_deleted_account_leaves_its_events(ada: AuthHarness) -> None:
    with ada.database() as session:
        session.exec(delete(User))
        assert session.exec(select(AuditEvent).where(AuditEvent.kind == AuditKind.SIGNED_IN)).first() is not None
        assert verify(session).is_whole


def test_the_log_holds_no_secret(ada: AuthHarness) -> None:
    """The whole flow, its refusals, and every credential that came of it."""
    client = ada.register(token_endpoint_auth_method="client_secret_post")
    code = ada.approve(client)["code"]
    tokens = ada.redeem(client, code).json()
    ada.redeem(client, code)
    with later(minutes=5):
        renewed = ada.refresh(client, tokens["refresh_token"]).json()
    with later(minutes=10):
        ada.refresh(client, tokens["refresh_token"])
    made = [code, *client.credential.values(), *tokens.values(), *renewed.values(), *ada.http.cookies.values()]
    with ada.database() as session:
        lines = json.dumps([event.model_dump(mode="json") for event in session.exec(select(AuditEvent))])
    assert SECRET.search(lines) is None
    secrets = [value for value in made if isinstance(value, str) and len(value) > 20 and value != client.id]
    assert [value for value in secrets if value in lines and " " not in value] == []


def test_many_threads_keep_one_chain(auth: AuthHarness) -> None:
    def write(number: int) -> None:
        with auth.database() as session:
            record(session, AuditKind.SIGNED_IN, number=number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(80)))
    with auth.database() as session:
        found = verify(session)
    assert found.is_whole
    assert found.head.sequence >= 80


def test_two_processes_keep_one_chain(auth: AuthHarness) -> None:
    file = auth.settings.data_dir / "auth.db"
    command = [sys.executable, "-m", "tests.admin.audit_writer", str(file), "30"]
    for process in [subprocess.Popen(command, cwd=ROOT_FOLDER) for _ in range(2)]:
        assert process.wait(60) == 0
    with auth.database() as session:
        found = verify(session)
    assert found.is_whole
    assert found.head.sequence >= 60


@pytest.mark.usefixtures("beside")
def test_commands_list_export_and_verify() -> None:
    assert "signed_in" in run("audit", "list", "--person", "ada@example.org", "--json")
    assert "ada@example.org signed in" in " ".join(run("audit", "list", "--kind", "signed_in").split())
    assert json.loads(run("audit", "export", "--kind", "signed_in"))["kind"] == "signed_in"
    head = re.search(r"[0-9]+:[0-9a-f]{64}", run("audit", "verify"))
    assert head is not None
    assert "whole" in run("audit", "verify", "--head", head[0])
    refuse("audit", "verify", "--head", "nonsense")


def test_the_command_ends_with_one_where_the_log_is_broken(beside: AuthHarness) -> None:
    tamper(beside, "UPDATE audit_events SET facts = '{}' WHERE sequence = 2")
    done = CliRunner().invoke(app, ["audit", "verify"])
    assert (done.exit_code, "Event 2 was changed" in done.output) == (1, True)


def test_every_kind_is_recorded_somewhere() -> None:
    """A kind that nobody records would let an administrator search in vain."""
    code = "\n".join(
        path.read_text() for path in (ROOT_FOLDER / "auth_server").rglob("*.py") if path.name != "audit_words.py"
    )
    assert [kind.name for kind in AuditKind if f"AuditKind.{kind.name}" not in code] == []
