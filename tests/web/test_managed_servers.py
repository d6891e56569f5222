"""An administrator's pages: the servers of everybody."""

import json
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from resource_server.gateway.acceptance import Acceptance
from resource_server.gateway.upstream import Transport
from tests.auth_harness import later
from tests.consent_form import form_fields
from tests.doors import Doors, wait_until
from tests.gateway.conftest import BARE, Behind
from tests.web.browsing import Visitor, new_visitor

COMMANDS, IMPORT, SERVERS = "/manage/commands", "/manage/import", "/manage/servers"


def test_a_server_for_everybody_is_added_tested_switched_and_removed(
    ada: Visitor, bea: Visitor, behind: Behind, upstream_url: str
) -> None:
    """G15, G16."""
    name = f"all-{secrets.token_hex(3)}"
    place = f"{SERVERS}/{name}"
    added = ada.submit(SERVERS, SERVERS, name=name, url=upstream_url, pair_name=["X-Key", ""], pair_value=["k1", ""])
    assert added.headers["location"] == f"{place}?done=added"
    page = ada.page(place)
    assert "X-Key" in page
    assert "k1" not in page.partition("<main")[2]
    assert name in bea.page("/servers")
    assert f"{name} works" in ada.submit(place, f"{place}/test").text
    assert ada.submit(place, f"{place}/disable").status_code == 303
    assert name not in bea.page("/servers")
    assert "switched off" in ada.page(place)
    assert ada.submit(place, f"{place}/enable").status_code == 303
    assert ada.submit(place, f"{place}/remove", named="x").status_code == 400
    assert ada.submit(place, f"{place}/remove", named=name).status_code == 303
    assert behind.upstreams.named(name) is None


def test_what_an_administrator_does_leaves_a_trace_without_secrets(
    ada: Visitor, behind: Behind, upstream_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """AS-104: who did what to which server; never what was entered."""
    server, secret = behind.http("traced", upstream_url), secrets.token_hex(8)
    sent = {"pair_name": ["X-Key", ""], "pair_value": [secret, ""]}
    ada.submit(f"{SERVERS}/traced", f"{SERVERS}/traced/send", **sent)
    ada.submit(f"{SERVERS}/traced", f"{SERVERS}/traced/remove", named="traced")
    logged = capfd.readouterr().out
    lines = [line for line in logged.splitlines() if "server_act" in line and server.id in line]
    assert [("act=sent" in line or "act=removed" in line, ada.user_id in line) for line in lines] == [(True, True)] * 2
    assert secret not in logged


def test_what_everybodys_calls_carry_is_replaced(ada: Visitor, behind: Behind, upstream_url: str) -> None:
    server = behind.http("office", upstream_url, secrets={"X-Old": "1"})
    sent = {"pair_name": ["X-New", ""], "pair_value": ["2", ""]}
    assert ada.submit(f"{SERVERS}/office", f"{SERVERS}/office/send", **sent).status_code == 303
    assert behind.upstreams.credentials.sent_to(server) == {"X-New": "2"}


def test_what_an_administrator_accepts_is_accepted_for_who_saw_the_same(
    ada: Visitor, bea: Visitor, cora: Visitor, behind: Behind, upstream_url: str
) -> None:
    """AS-105: a server with each person's own credential may show each something else."""
    server = behind.http("each", upstream_url, asks=("X-Key",))
    behind.upstreams.enter(server, ada.user_id, {"X-Key": "1"})
    before, hers = ({"name": "add", "description": said} for said in ("Adds.", "Adds for her."))
    for visitor, tool in ((ada, before), (bea, before), (cora, hers)):
        behind.accept(server, visitor.user_id, {"add": tool})
    place = f"{SERVERS}/each"
    wait_until(lambda: "Adds." in ada.page(place))
    assert ada.submit(place, f"{place}/accept").headers["location"] == f"{place}?done=accepted"
    accepted = Acceptance(behind.engine)
    same, other = (accepted.before(server.id, visitor.user_id, ["add"])["add"] for visitor in (bea, cora))
    assert same != before
    assert other == hers


def test_a_command_is_added_right_after_signing_in(ada: Visitor, behind: Behind) -> None:
    """AS-104: argv without a shell, by an administrator who proved just now who they are."""
    page = confirmed(ada, COMMANDS)
    program, *arguments = BARE
    name = f"bare-{secrets.token_hex(3)}"
    typed = {"name": name, "program": program, "arguments": "\n".join([*arguments, "; touch $HOME"])}
    fields = form_fields(page, COMMANDS) | typed
    assert ada.post(COMMANDS, fields).headers["location"] == f"{SERVERS}/{name}?done=added"
    server = behind.upstreams.named(name)
    assert server is not None
    assert server.transport is Transport.STDIO
    assert server.command == (*BARE, "; touch $HOME")
    again = ada.post(COMMANDS, fields | {"name": "another"})
    assert "prompt=login" in again.headers["location"], "on plain http a sign-in is good for one form"


def test_a_sign_in_of_long_ago_adds_no_command(ada: Visitor, behind: Behind) -> None:
    """AS-104: five minutes."""
    page = confirmed(ada, COMMANDS)
    fields = form_fields(page, COMMANDS) | {"name": "late", "program": sys.executable}
    with later(minutes=6):
        wait_until(lambda: ada.get(SERVERS).status_code == 200)
        assert "prompt=login" in ada.get(COMMANDS).headers["location"]
        assert "prompt=login" in ada.post(COMMANDS, fields).headers["location"]
    assert behind.upstreams.named("late") is None


def test_what_a_command_finds_in_its_environment_is_entered_right_after_signing_in(
    ada: Visitor, behind: Behind
) -> None:
    """AS-104: a variable can have another program run."""
    place = f"{SERVERS}/steered"
    server = behind.stdio("steered", BARE)
    variable = {"pair_name": ["PYTHONPATH", ""], "pair_value": ["/elsewhere", ""]}
    asked = ada.submit(place, f"{place}/send", **variable)
    assert "prompt=login" in asked.headers["location"]
    assert behind.upstreams.credentials.sent_to(server) == {}
    page = ada.get(ada.go_on(asked.headers["location"])).text
    fields = form_fields(page, f"{place}/send") | variable
    assert ada.post(f"{place}/send", fields).headers["location"] == f"{place}?done=sent"
    assert behind.upstreams.credentials.sent_to(server) == {"PYTHONPATH": "/elsewhere"}
    assert "prompt=login" in ada.post(f"{place}/send", fields).headers["location"]


def test_with_https_the_session_itself_says_when_the_person_signed_in(cleo: Visitor) -> None:
    """AS-104."""
    page = cleo.page(COMMANDS)
    fields = form_fields(page, COMMANDS) | {"name": f"c-{secrets.token_hex(3)}", "program": sys.executable}
    assert cleo.post(COMMANDS, fields).status_code == 303


def test_who_is_no_administrator_adds_nothing(bea: Visitor) -> None:
    """AS-104, AS-65."""
    token = form_fields(bea.page("/servers"), "/sign-out")["csrf_token"]
    for path in (SERVERS, COMMANDS, IMPORT, f"{SERVERS}/any"):
        assert bea.get(path).status_code == 403
    fields = {"csrf_token": token, "name": "mine", "url": "https://example.org/mcp", "program": sys.executable}
    for path in (SERVERS, COMMANDS, IMPORT, f"{SERVERS}/any/remove"):
        assert bea.post(path, fields).status_code == 403


def test_the_servers_of_a_file_are_added(ada: Visitor, behind: Behind, upstream_url: str) -> None:
    """G15."""
    behind.http("known", upstream_url)
    file = {"mcpServers": {"First One": {"url": upstream_url}, "known": {"url": upstream_url}}}
    page = confirmed(ada, IMPORT)
    answer = ada.post(IMPORT, form_fields(page, IMPORT) | {"file": json.dumps(file)})
    assert answer.headers["location"] == f"{SERVERS}?done=imported&added=1&known=1"
    assert behind.upstreams.named("first-one") is not None


HALF = {"mcpServers": {"a": {"url": "https://x.example/mcp"}, "b": 1}}


@pytest.mark.parametrize("text", ["{", "[]", json.dumps(HALF)])
def test_a_file_that_cannot_be_used_adds_nothing(ada: Visitor, behind: Behind, text: str) -> None:
    page = confirmed(ada, IMPORT)
    answer = ada.post(IMPORT, form_fields(page, IMPORT) | {"file": text})
    assert answer.status_code == 400
    assert "Nothing was added" in answer.text
    assert behind.upstreams.named("a") is None


@pytest.fixture(scope="module")
def without_commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """An administrator where commands are added at the machine alone."""
    folder: Path = tmp_path_factory.mktemp("without-commands")
    doors = Doors(folder, web_commands=False)
    doors.start_auth()
    doors.start_resource()
    visitor = new_visitor(doors, is_admin=True)
    yield visitor
    visitor.http.close()
    doors.close()


def test_a_setting_turns_commands_by_pages_off(without_commands: Visitor) -> None:
    """AS-104."""
    ada = without_commands
    assert COMMANDS not in ada.page(SERVERS)
    assert ada.get(COMMANDS).status_code == 403
    page = confirmed(ada, IMPORT)
    file = {"mcpServers": {"files": {"command": sys.executable}}}
    answer = ada.post(IMPORT, form_fields(page, IMPORT) | {"file": json.dumps(file)})
    assert answer.status_code == 400
    assert "at the machine" in answer.text
    commands = Behind(ada.doors)
    server = commands.stdio("there", BARE)
    place, variable = f"{SERVERS}/there", {"pair_name": ["PATH", ""], "pair_value": ["/elsewhere", ""]}
    answer = ada.submit(place, f"{place}/send", **variable)
    assert answer.status_code == 400
    assert "at the machine" in answer.text
    assert commands.upstreams.credentials.sent_to(server) == {}
    commands.close()


@pytest.fixture
def cora(doors: Doors) -> Iterator[Visitor]:
    """One more person."""
    visitor = new_visitor(doors)
    yield visitor
    visitor.http.close()


def confirmed(visitor: Visitor, path: str) -> str:
    """The page after another sign-in, to which it leads."""
    visitor.page(SERVERS)
    question = visitor.get(path).headers["location"]
    assert "prompt=login" in question
    return visitor.get(visitor.go_on(question)).text
