"""The start page of administration: numbers, charts, and what needs attention."""

import json
from datetime import timedelta

import httpx2
import pytest
from sqlmodel import select

from auth_server.membership.setup_links import issue_setup_link
from auth_server.models import ActivityCount, AuditEvent, AuthorizationCode, OneTimeToken, RefreshToken, SpentRequest
from auth_server.operation.activity_counts import CountingServer, add_counts
from auth_server.operation.leftovers import prune
from auth_server.operation.upkeep import Upkeep
from shared.activity import MOST, Activity, Count, Counted
from shared.clock import now
from shared.refusals import Reason
from tests.admin.api import AdminApi
from tests.admin.test_audit import tamper
from tests.auth_harness import AuthHarness, error_of, later
from tests.cli.invoking import all_of
from tests.doors import Doors
from tests.gateway.rest.plain_apps import plain_app
from tests.loopback import LOOPBACK
from tests.web.browsing import new_visitor

MCP_CALLS = ("mcp", "calls")


def tell(auth: AuthHarness, *counts: dict[str, object]) -> httpx2.Response:
    """What the MCP server sends."""
    return auth.http.post("/internal/activity", json={"counts": counts}, headers=auth.resource_credential)


def calls(number: int, milliseconds: int = 0) -> dict[str, object]:
    return {"hour": now().isoformat(), "kind": "calls", "count": number, "milliseconds": milliseconds}


def test_an_administrator_sees_numbers_and_charts(root: AuthHarness) -> None:
    tell(root, calls(7, 700))
    page = root.http.get("/admin").text
    assert "<dt>Calls in 24 hours</dt><dd>7</dd>" in page
    assert page.count("<figure") == 3
    assert "<svg" in page
    assert root.http.get("/admin?span=fortnight").text.count("<figure") == 3
    assert root.http.get("/admin?span=%00").status_code == 200


def test_other_people_do_not(ada: AuthHarness) -> None:
    assert ada.http.get("/admin").status_code == 403


def test_nobody_else_is_told_that_it_exists(auth: AuthHarness) -> None:
    answer = auth.http.get("/admin")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fadmin")


def test_counts_add_up_by_the_hour(api: AdminApi) -> None:
    for number in (2, 3):
        assert tell(api.auth, calls(number, number * 100)).status_code == 204
    seen = api.get("/overview").json()
    assert seen["calls_today"] == 5
    assert (seen["series"][-1]["calls"], seen["series"][-1]["milliseconds"]) == (5, 100)
    assert len(seen["series"]) == 24
    by_day = api.get("/overview", span="fortnight").json()["series"]
    assert (len(by_day), by_day[-1]["calls"]) == (14, 5)


def test_refusals_of_both_servers_are_told_by_reason(api: AdminApi) -> None:
    tell(api.auth, {"hour": now().isoformat(), "kind": "refusals", "reason": "token_expired", "count": 4})
    api.auth.http.get("/authorize?client_id=cli_unknown")
    Upkeep(api.auth.services).store_counts()
    refusals = api.get("/overview").json()["refusals"]
    assert (refusals["token_expired"], refusals["client_unknown"]) == (4, 1)


def test_counts_of_the_wrong_time_are_left_out(api: AdminApi) -> None:
    tell(api.auth, calls(9) | {"hour": (now() - timedelta(days=3)).isoformat()})
    assert api.get("/overview", span="fortnight").json()["calls_today"] == 0


def test_only_the_mcp_server_tells(auth: AuthHarness) -> None:
    assert auth.http.post("/internal/activity", json={"counts": []}).status_code == 401


@pytest.mark.parametrize(
    "counts",
    [
        [{}],
        [calls(-1)],
        [calls(10**12)],
        [calls(1) | {"kind": "x"}],
        [calls(1) | {"whose": "x"}],
        [calls(1)] * (MOST + 1),
    ],
)
def test_what_is_no_count_is_refused(auth: AuthHarness, counts: list[dict[str, object]]) -> None:
    assert error_of(tell(auth, *counts)) == (422, "invalid_request")


def test_memory_for_counts_is_bounded() -> None:
    activity = Activity()
    for number in range(MOST * 2):
        activity.put_back([Count(now() + timedelta(hours=number), Counted.CALLS, "", 1)])
    assert len(activity.take()) == MOST
    activity.note_refusal(Reason.TOKEN_MISSING)
    assert activity.take() == []


def test_what_is_broken_unreached_or_overdue_needs_attention(root: AuthHarness, api: AdminApi) -> None:
    sentences = json.dumps(api.get("/overview").json()["attention"])
    assert "audit log" not in sentences
    assert not api.get("/overview").json()["is_mcp_server_reached"]
    tamper(root, "UPDATE audit_events SET kind = 'x' WHERE sequence = 1")
    assert "Event 1 of the audit log was changed" in root.http.get("/admin").text
    assert "does not answer" in root.http.get("/admin").text
    with later(days=91):
        assert "signing key should have been replaced" in json.dumps(api.get("/overview").json())


def test_the_mcp_server_tells_of_its_calls(own_doors: Doors) -> None:
    """With both servers running: a call and a refusal arrive, and nothing says whose they were."""
    connection = own_doors.person().connect()
    connection.call("recall", query="anything")
    httpx2.post(own_doors.mcp_url, headers={"Authorization": "Bearer nonsense"}, **LOOPBACK)
    own_doors.stop_resource()
    own_doors.stop_auth()
    counted = {(row.server, row.kind, row.reason) for row in all_of(ActivityCount, own_doors.data_dir)}
    assert {("mcp", "calls", ""), ("mcp", "refusals", "key_refused"), ("auth", "calls", "")} <= counted


def test_calls_without_mcp_count_as_well(own_doors: Doors) -> None:
    """What asks which API there is, or what a browser may do, is no call."""
    app = plain_app(own_doors)
    app.get("/mcp/tools")
    app.post("/mcp/execute", {"tool_name": "x"})
    app.get("/sessions/sess_x")
    app.get("/mcp/openapi.json")
    httpx2.options(f"{own_doors.origin}/mcp/execute", **LOOPBACK)
    own_doors.stop_resource()
    own_doors.stop_auth()
    counted = [row.count for row in all_of(ActivityCount, own_doors.data_dir) if (row.server, row.kind) == MCP_CALLS]
    assert sum(counted) == 3


def test_our_own_pages_are_no_connected_app(own_doors: Doors) -> None:
    """Whoever is signed in there sees among their apps what it is."""
    ada = new_visitor(own_doors, is_admin=True)
    ada.page("/servers")
    assert "<dt>Connected apps</dt><dd>0</dd>" in ada.get(f"{own_doors.issuer}/admin").text
    apps = ada.get(f"{own_doors.issuer}/account/apps").text
    assert "Ostiary pages" in apps
    assert "the pages of your servers" in apps
    ada.http.close()


def test_leftovers_go_and_the_audit_log_stays(ada: AuthHarness) -> None:
    ada.tokens(ada.register())
    with ada.database() as session:
        issue_setup_link(session, ada.settings)
        add_counts(session, CountingServer.MCP, [Count(now(), Counted.CALLS, "", 1)])
        events = len(session.exec(select(AuditEvent)).all())
        prune(session)
        assert session.exec(select(RefreshToken)).first() is not None
    kinds = (ActivityCount, AuthorizationCode, OneTimeToken, RefreshToken, SpentRequest)
    with later(days=400), ada.database() as session:
        assert prune(session) > 0
        assert [kind.__name__ for kind in kinds if session.exec(select(kind)).first() is not None] == []
        assert len(session.exec(select(AuditEvent)).all()) == events


def test_what_could_not_be_stored_is_stored_later(auth: AuthHarness) -> None:
    auth.services.activity.note_call(5)
    upkeep = Upkeep(auth.services)
    tamper(auth, "ALTER TABLE activity_counts RENAME TO elsewhere")
    with pytest.raises(Exception, match="activity_counts"):
        upkeep.store_counts()
    tamper(auth, "ALTER TABLE elsewhere RENAME TO activity_counts")
    upkeep.store_counts()
    with auth.database() as session:
        [row] = session.exec(select(ActivityCount).where(ActivityCount.kind == Counted.CALLS)).all()
    assert row.count >= 1
