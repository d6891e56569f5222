"""What administrators do to servers stands in the audit log, whichever door they took, and for whom it was."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlmodel import select

from auth_server.audit_log.audit_verification import verify
from auth_server.models import AuditEvent
from auth_server.routes.server_acts import KINDS
from shared.ids import new_id
from shared.server_acts import ServerAct
from tests.admin.api import AdminApi
from tests.auth_harness import AuthHarness, error_of
from tests.cli.invoking import run
from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.rest.plain_apps import plain_app
from tests.key_holders import auth_session
from tests.web.browsing import Visitor, new_visitor

SERVERS = "/manage/servers"


def told_of(doors: Doors, server: str) -> list[AuditEvent]:
    """What the audit log says of the server of this name."""
    with auth_session(doors) as session:
        events = session.exec(select(AuditEvent).order_by(AuditEvent.sequence)).all()
        return [event for event in events if event.facts.get("server") == server]


def kinds_of(doors: Doors, server: str) -> list[str]:
    return [event.kind for event in told_of(doors, server)]


def test_acts_at_the_pages_are_told_with_who_did_them(
    doors: Doors, ada: Visitor, behind: Behind, upstream_url: str
) -> None:
    """AS-104: who did what to which server; never what was entered."""
    name, secret = f"all-{secrets.token_hex(3)}", secrets.token_hex(8)
    place = f"{SERVERS}/{name}"
    sent = {"pair_name": ["X-Key", ""], "pair_value": [secret, ""]}
    ada.submit(SERVERS, SERVERS, name=name, url=upstream_url)
    ada.submit(place, f"{place}/send", **sent)
    ada.submit(place, f"{place}/disable")
    ada.submit(place, f"{place}/enable")
    ada.submit(place, f"{place}/remove", named=name)
    assert behind.upstreams.named(name) is None
    kinds = ["added", "sends_changed", "disabled", "enabled", "removed"]
    wait_until(lambda: kinds_of(doors, name) == [f"server_{kind}" for kind in kinds])
    events = told_of(doors, name)
    assert {event.by for event in events} == {ada.user_id}
    assert secret not in str([event.facts for event in events])


def test_what_a_person_does_to_a_server_of_their_own_is_told_to_nobody(
    doors: Doors, ada: Visitor, bea: Visitor, behind: Behind, upstream_url: str
) -> None:
    own, other = f"own-{secrets.token_hex(3)}", f"all-{secrets.token_hex(3)}"
    assert behind.upstreams.every() == []
    assert bea.submit("/servers", "/servers", name=own, url=upstream_url).status_code == 303
    assert ada.submit(SERVERS, SERVERS, name=other, url=upstream_url).status_code == 303
    wait_until(lambda: kinds_of(doors, other) == ["server_added"])
    assert kinds_of(doors, own) == []


def test_acts_of_apps_are_told_with_the_app(doors: Doors, behind: Behind, upstream_url: str) -> None:
    """G15, G16."""
    assert behind.upstreams.every() == []
    app, name = plain_app(doors, scope="gateway:call gateway:manage"), f"rest-{secrets.token_hex(3)}"
    assert app.add({name: {"url": upstream_url}}).status_code == 201
    assert app.post("/mcp/servers/remove", {"server_name": name}).status_code == 200
    wait_until(lambda: kinds_of(doors, name) == ["server_added", "server_removed"])
    assert {(event.by is None, event.client_id is None) for event in told_of(doors, name)} == {(False, False)}


def test_commands_at_the_machine_are_told_by_the_server_that_runs(
    doors: Doors,
    commands: Behind,
    upstream_url: str,
) -> None:
    name = f"cli-{secrets.token_hex(3)}"
    assert commands.upstreams.every() == []
    for arguments in (("add", name, upstream_url), ("disable", name), ("remove", name)):
        run("gateway", *arguments)
    wait_until(lambda: kinds_of(doors, name) == ["server_added", "server_disabled", "server_removed"])
    assert {event.by for event in told_of(doors, name)} == {None}


def test_commands_for_one_person_are_told_with_whom_they_are_for(
    doors: Doors, commands: Behind, upstream_url: str, bea: Visitor
) -> None:
    """Of servers of that person's own, and of what the person gives a server that is everybody's."""
    own, other, user = f"own-{secrets.token_hex(3)}", f"all-{secrets.token_hex(3)}", ("--user", bea.email)
    secret = secrets.token_hex(8)
    run("gateway", "add", own, upstream_url, *user)
    run("gateway", "credential", "set", own, "--header", f"X-Key: {secret}", *user)
    run("gateway", "tool", "hide", own, "add", *user)
    run("gateway", "disable", own, *user)
    run("gateway", "remove", own, *user)
    commands.http(other, upstream_url, asks=("X-Key",))
    run("gateway", "credential", "set", other, "--header", f"X-Key: {secret}", *user)
    run("gateway", "credential", "remove", other, *user)
    kinds = ["added", "sends_changed", "tool_shaped", "disabled", "removed"]
    wait_until(lambda: kinds_of(doors, own) == [f"server_{kind}" for kind in kinds])
    wait_until(lambda: kinds_of(doors, other) == ["server_credential_entered", "server_credential_forgotten"])
    events = told_of(doors, own) + told_of(doors, other)
    assert {(event.by, event.user_id) for event in events} == {(None, bea.user_id)}
    assert secret not in str([event.facts for event in events])


def test_what_a_file_of_servers_changes_is_told(own_doors: Doors, upstream_url: str) -> None:
    """Each start that changes something, and no other."""
    name, file = f"file-{secrets.token_hex(3)}", own_doors.data_dir / "servers.txt"
    kinds: list[str] = []
    for entry, kind in (
        ({"url": upstream_url}, "server_added"),
        ({"url": upstream_url}, ""),
        ({"url": f"{upstream_url}?other"}, "server_changed"),
        (None, "server_removed"),
    ):
        own_doors.stop_resource()
        file.write_text(json.dumps({"mcpServers": {name: entry} if entry else {}}))
        file.chmod(0o600)
        own_doors.start_resource()
        kinds += [kind] if kind else []
        wait_until(lambda: kinds_of(own_doors, name) == kinds)  # noqa: B023 (it is asked at once)
    assert {(event.by, event.user_id) for event in told_of(own_doors, name)} == {(None, None)}


REFUSED = "BEFORE {what} BEGIN SELECT RAISE(ABORT, 'disk full'); END"


@contextmanager
def failing(behind: Behind, what: str) -> Iterator[None]:
    """The database takes everything but this, as a disk that is full at that moment."""
    with behind.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TRIGGER full_disk {REFUSED.format(what=what)}")
    yield
    with behind.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full_disk")


def test_there_is_no_change_without_its_act_and_no_act_without_its_change(
    doors: Doors, ada: Visitor, behind: Behind, upstream_url: str
) -> None:
    """Both are one transaction, at a page and over REST; and the same works afterwards."""
    name = f"all-{secrets.token_hex(3)}"
    behind.http(name, upstream_url)
    place, app = f"{SERVERS}/{name}", plain_app(doors, scope="gateway:call gateway:manage")
    ada.page(place)
    for what in ("INSERT ON server_acts", "UPDATE ON upstream_servers"):
        with failing(behind, what):
            assert ada.submit(place, f"{place}/disable").status_code == 500
        assert behind.upstreams.named(name).is_enabled  # type: ignore[union-attr]
    for what in ("INSERT ON server_acts", "DELETE ON upstream_servers"):
        with failing(behind, what):
            assert app.post("/mcp/servers/remove", {"server_name": name}).status_code == 500
        assert behind.upstreams.named(name) is not None
    ada.submit(place, f"{place}/disable")
    wait_until(lambda: kinds_of(doors, name) == ["server_disabled"])


def test_servers_that_are_added_together_or_not_at_all_leave_no_act_that_is_not_true(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    """What was there for a moment is told to be gone."""
    app, (first, taken) = plain_app(doors, scope="gateway:call gateway:manage"), (f"a-{secrets.token_hex(3)}", "taken")
    behind.http(taken, upstream_url)
    assert app.add({first: {"url": upstream_url}, taken: {"url": upstream_url}}).status_code == 409
    assert behind.upstreams.named(first) is None
    wait_until(lambda: kinds_of(doors, first) == ["server_added", "server_removed"])


def test_an_act_waits_for_an_authorization_server_that_is_down(own_doors: Doors, upstream_url: str) -> None:
    """Nor is it told twice, or lost with the process."""
    name, behind = f"late-{secrets.token_hex(3)}", Behind(own_doors)
    ada = new_visitor(own_doors, is_admin=True)
    place, server = f"{SERVERS}/{name}", behind.http(name, upstream_url)
    page = ada.page(place)
    assert server.is_enabled
    assert f"{place}/disable" in page
    own_doors.stop_auth()
    assert ada.submit(place, f"{place}/disable").status_code == 303
    own_doors.stop_resource()
    own_doors.start_auth()
    assert kinds_of(own_doors, name) == []
    own_doors.start_resource()
    wait_until(lambda: kinds_of(own_doors, name) == ["server_disabled"])
    ada.http.close()
    behind.close()


def an_act(**changes: Any) -> dict[str, Any]:
    told = {"id": new_id("evt"), "act": "added", "server": "fix", "server_id": "srv_1", "transport": "http"}
    return told | {"happened": "2026-07-28T12:00:00Z"} | changes


def test_an_act_that_is_told_twice_stands_in_the_log_once(api: AdminApi) -> None:
    told = {"acts": [an_act(by=api.root.id)]}
    for _ in range(2):
        answer = api.auth.http.post("/internal/server-acts", json=told, headers=api.auth.resource_credential)
        assert answer.status_code == 204
    [event] = api.get("/audit", kind="server_added").json()["items"]
    assert event["sentence"] == "The server fix was added for everybody"
    with api.auth.database() as session:
        assert verify(session).is_whole


def test_an_administrator_reads_it(root: AuthHarness) -> None:
    told = {"acts": [an_act(act="disabled")]}
    root.http.post("/internal/server-acts", json=told, headers=root.resource_credential)
    assert "The server fix was switched off for everybody" in root.http.get("/admin/audit").text


@pytest.mark.parametrize("act", list(ServerAct))
def test_an_administrator_reads_for_whom_it_was(api: AdminApi, act: ServerAct) -> None:
    told = {"acts": [an_act(act=act, person=api.root.id)]}
    assert api.auth.http.post("/internal/server-acts", json=told, headers=api.auth.resource_credential).is_success
    kind = KINDS[act]
    [event] = api.get("/audit", kind=kind).json()["items"]
    assert event["user_id"] == api.root.id
    assert api.root.email in event["sentence"]


def test_only_the_mcp_server_tells(auth: AuthHarness) -> None:
    assert auth.http.post("/internal/server-acts", json={"acts": [an_act()]}).status_code == 401


@pytest.mark.parametrize("act", [{}, an_act(act="x"), an_act(id="evt_1"), an_act(more=1), an_act(happened="soon")])
def test_what_is_no_act_is_refused(auth: AuthHarness, act: dict[str, Any]) -> None:
    answer = auth.http.post("/internal/server-acts", json={"acts": [act]}, headers=auth.resource_credential)
    assert error_of(answer) == (422, "invalid_request")
