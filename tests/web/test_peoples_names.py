"""Pages of administrators say who people are; nobody else hears a name, and without an answer ids do."""

from typing import Any

import pytest

from auth_server.keys.service_accounts import service_account
from auth_server.people import create_user
from tests.auth_harness import AuthHarness, error_of
from tests.doors import Doors
from tests.gateway.conftest import Behind
from tests.gateway.test_tools import answered
from tests.silent_server import silent_server
from tests.web.browsing import Visitor, new_visitor
from tests.web.test_usage_pages import app_of


def test_an_administrator_reads_who_called(
    doors: Doors, behind: Behind, upstream_url: str, ada: Visitor, bea: Visitor
) -> None:
    behind.http("fix", upstream_url)
    answered(app_of(doors, bea), "fix__add", one=1, two=2)
    page = ada.page("/manage/usage")
    assert f'/admin/people/{bea.user_id}">{bea.email}</a>' in page
    assert f'<th scope="row">{bea.email}</th>' in page
    assert f"<code>{bea.user_id}" not in page


def test_an_administrator_reads_who_entered_a_credential(behind: Behind, ada: Visitor, bea: Visitor) -> None:
    server = behind.http("ask", "http://127.0.0.1:9/mcp", asks=("Authorization",))
    assert bea.email not in ada.page("/manage/servers/ask")
    behind.upstreams.credentials.enter(server, bea.user_id, {"Authorization": "x"})
    assert bea.email in ada.page("/manage/servers/ask")


def test_nobody_else_reads_who_others_are(
    doors: Doors, behind: Behind, upstream_url: str, ada: Visitor, bea: Visitor
) -> None:
    """Not even after an administrator looked, from what is remembered."""
    server = behind.http("fix", upstream_url, asks=("X-Key",))
    behind.upstreams.credentials.enter(server, ada.user_id, {"X-Key": "x"})
    answered(app_of(doors, ada), "fix__add", one=1, two=2)
    assert ada.email in ada.page("/manage/usage")
    for path in ("/usage", "/servers", "/servers/fix"):
        assert ada.email not in bea.page(path)
    for path in ("/manage/usage", "/manage/servers/fix"):
        answer = bea.get(path)
        assert (answer.status_code, ada.email in answer.text) == (403, False)


@pytest.mark.parametrize("is_silent", [True, False], ids=["silent", "away"])
def test_without_an_answer_the_page_comes_with_ids(own_doors: Doors, upstream_url: str, is_silent: bool) -> None:
    behind, ada, bea = Behind(own_doors), new_visitor(own_doors, is_admin=True), new_visitor(own_doors)
    behind.http("fix", upstream_url)
    answered(app_of(own_doors, bea), "fix__add", one=1, two=2)
    ada.page("/servers")
    own_doors.stop_auth()
    if is_silent:
        with silent_server(own_doors.auth_port) as silent:
            page = ada.page("/manage/usage")
            assert silent.waited("/internal/people") < 2
    else:
        page = ada.page("/manage/usage")
    assert f"<code>{bea.user_id}</code>" in page
    for visitor in (ada, bea):
        visitor.http.close()
    behind.close()


def people(auth: AuthHarness, ids: Any, **headers: str) -> Any:
    """What the authorization server answers."""
    return auth.http.post("/internal/people", json={"ids": ids}, headers=headers or auth.resource_credential)


def test_the_authorization_server_names_whom_it_knows(settled: AuthHarness) -> None:
    """A service account by its name; ids that nobody has are left out."""
    with settled.database() as session:
        service = service_account(session, "nightly").id
        cleo = create_user(session, "cleo@example.org", "a long enough password")
        cleo.name, cleo_id = "Cleo", cleo.id
    told = people(settled, [cleo_id, service, "usr_nobody", "' or 1=1 --"]).json()["people"]
    assert told == {cleo_id: {"name": "Cleo", "email": "cleo@example.org"}, service: {"name": "nightly", "email": ""}}


def test_it_names_people_to_the_mcp_server_alone(settled: AuthHarness) -> None:
    """AS-95 goes for the other direction, too: no app and no person in a browser may ask."""
    token = settled.tokens(settled.register())["access_token"]
    for headers in ({"Authorization": f"Bearer {token}"}, {"Authorization": "Bearer rs_x"}, {"X": "nobody"}):
        assert error_of(people(settled, [], **headers)) == (401, "invalid_client")


@pytest.mark.parametrize("ids", [["usr_1"] * 101, ["x" * 101], "usr_1", None, [1]], ids=str)
def test_what_is_no_question_about_people_is_refused(settled: AuthHarness, ids: Any) -> None:
    assert error_of(people(settled, ids)) == (422, "invalid_request")
