"""A person's pages of servers: how each is, what they enter for it, what changed of its tools."""

import secrets
from typing import Any

import pytest

from resource_server.gateway.breaker import FAILURES
from tests.doors import Person, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.fixture_server import fixture_app
from tests.gateway.oauth.conftest import Place
from tests.gateway.shifty_server import shifty as shifty
from tests.gateway.test_tools import answered
from tests.key_holders import key_of
from tests.servers import RunningServer, free_port
from tests.web.browsing import Visitor

CALLING = [{"type": "server", "server": "*", "tools": ["*"]}]


def test_everybodys_servers_are_listed_with_how_they_are(bea: Visitor, behind: Behind, upstream_url: str) -> None:
    behind.http("good", upstream_url)
    behind.http("gone", f"http://127.0.0.1:{free_port()}/mcp")
    behind.http("tickets", upstream_url, asks=("Authorization",))
    page = bea.page("/servers")
    assert section(page, "good").endswith("works")
    assert "does not work now" in section(page, "gone")
    assert "connect it" in section(page, "tickets")


def test_pages_say_when_a_server_that_is_down_is_tried_again(ada: Visitor, behind: Behind) -> None:
    port = free_port()
    server = RunningServer(fixture_app(), port)
    behind.http("gone", f"http://127.0.0.1:{port}/mcp")
    places = ("/servers/gone", "/manage/servers/gone")
    assert "next try" not in ada.page(places[0])
    app = key_of(Person(ada.doors, ada.email, ada.http), scope="gateway:call", details=CALLING)
    answered(app, "gone__add", one=1, two=2)
    server.stop()
    for _ in range(FAILURES - 1):
        assert app.call("gone__add", one=1, two=2).json()["result"]["isError"]
    assert "gone cannot be reached" in ada.submit(places[0], f"{places[0]}/test").text
    assert ["The next try is" in ada.page(place) for place in places] == [True, True], "its list failed as well"
    again = RunningServer(fixture_app(), port)
    assert "gone works" in ada.submit(places[0], f"{places[0]}/test").text
    for place in places:
        wait_until(lambda place=place: "next try" not in ada.page(place))
    again.stop()


def test_a_page_says_why_and_since_when_a_server_is_down(bea: Visitor, behind: Behind) -> None:
    behind.http("gone", f"http://127.0.0.1:{free_port()}/mcp")
    page = bea.page("/servers/gone")
    assert "cannot be reached" in page
    assert "First noticed" in page
    assert "cannot be reached" in bea.submit("/servers/gone", "/servers/gone/test").text


def test_what_a_person_enters_goes_to_the_server_and_is_shown_to_nobody(
    bea: Visitor, behind: Behind, upstream_url: str
) -> None:
    """A credential is sealed, for this person alone, and no page says it again."""
    tickets = behind.http("tickets", upstream_url, asks=("X-Token",))
    secret = secrets.token_hex(8)
    answer = bea.submit("/servers/tickets", "/servers/tickets/credential", **{"value-0": secret})
    assert answer.status_code == 303
    assert behind.upstreams.secrets_for(tickets, bea.user_id).values == {"X-Token": secret}  # type: ignore[union-attr]
    page = bea.page(answer.headers["location"])
    assert secret not in page
    assert "You entered X-Token" in page
    assert bea.submit("/servers/tickets", "/servers/tickets/forget").status_code == 303
    assert behind.upstreams.secrets_for(tickets, bea.user_id) is None


def test_a_server_that_people_sign_in_to_is_connected_and_tried(bea: Visitor, place: Place) -> None:
    """G27: its page leads to where it is connected, and tries it with what the person has then."""
    page = bea.page("/servers/notes")
    assert "connect it" in page
    assert 'href="/servers/notes/connect"' in page
    assert "has to connect notes first" in bea.submit("/servers/notes", "/servers/notes/test").text
    place.connect(bea.user_id)
    assert "notes works" in bea.submit("/servers/notes", "/servers/notes/test").text
    assert "You are connected" in bea.page("/servers/notes")


def test_what_cannot_be_sent_is_refused_in_words(bea: Visitor, behind: Behind, upstream_url: str) -> None:
    behind.http("tickets", upstream_url, asks=("X-Token",))
    answer = bea.submit("/servers/tickets", "/servers/tickets/credential", **{"value-0": "two\nlines"})
    assert answer.status_code == 400
    assert "X-Token" in answer.text
    assert "two" not in answer.text.partition("<main")[2]


def test_a_server_of_ones_own_is_added_tested_and_removed(
    bea: Visitor, ada: Visitor, behind: Behind, upstream_url: str
) -> None:
    name = f"mine-{secrets.token_hex(3)}"
    added = bea.submit("/servers", "/servers", name=name, url=upstream_url)
    assert added.headers["location"] == f"/servers/{name}?done=added"
    page = bea.page(f"/servers/{name}")
    assert f"{bea.doors.origin}/servers/{name}/mcp" in page
    assert "A server of your own" in page
    assert f"{name} works" in bea.submit(f"/servers/{name}", f"/servers/{name}/test").text
    ada.page("/servers")
    assert ada.get(f"/servers/{name}").status_code == 404
    removing = f"/servers/{name}/remove"
    assert bea.submit(f"/servers/{name}", removing, named="another").status_code == 400
    assert behind.upstreams.named(name, bea.user_id) is not None
    assert bea.submit(f"/servers/{name}", removing, named=name).status_code == 303
    assert behind.upstreams.named(name, bea.user_id) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Not A Name"},
        {"url": "ftp://example.org"},
        {"url": "http://10.0.0.1/mcp"},
        {"pair_name": ["Host", ""], "pair_value": ["x", ""]},
    ],
)
def test_a_server_that_cannot_be_used_is_refused_in_words(bea: Visitor, wrong: dict[str, Any]) -> None:
    fields = {"name": "mine", "url": "https://example.org/mcp"} | wrong
    answer = bea.submit("/servers", "/servers", **fields)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_nobody_removes_or_changes_what_is_not_theirs(bea: Visitor, behind: Behind, upstream_url: str) -> None:
    """AS-104: a server of everybody is an administrator's to remove."""
    behind.http("good", upstream_url)
    fields = {"csrf_token": token_of(bea), "named": "good"}
    assert bea.post("/servers/good/remove", fields).status_code == 404
    assert behind.upstreams.named("good") is not None
    assert bea.get("/manage/servers").status_code == 403


@pytest.mark.usefixtures("shifty")
def test_a_tool_that_changed_is_shown_as_it_was_and_is_and_then_accepted(bea: Visitor) -> None:
    """AS-105."""
    bea.page("/servers/fix")
    app = key_of(Person(bea.doors, bea.email, bea.http), scope="gateway:call", details=CALLING)
    answered(app, "fix__shift", description="Tells <b>another</b> weather.")
    wait_until(lambda: "Changed since you last looked" in bea.page("/servers/fix"))
    page = bea.page("/servers/fix")
    assert "<del>-  &#34;description&#34;: &#34;Tells the weather.&#34;" in page
    assert "&lt;b&gt;another&lt;/b&gt;" in page
    assert "<b>another" not in page
    stale = bea.submit("/servers/fix", "/servers/fix/accept", seen="0" * 64)
    assert stale.status_code == 409
    assert bea.submit("/servers/fix", "/servers/fix/accept").status_code == 303
    assert "Changed since" not in bea.page("/servers/fix")


def section(page: str, name: str) -> str:
    """What the list says right beside the name."""
    after = page.partition(f'href="/servers/{name}">')[2].partition("</div>")[0]
    return after.partition('<span class="badge')[2].partition(">")[2].partition("</span>")[0]


def token_of(visitor: Visitor) -> list[str]:
    """What forms of this session carry."""
    from tests.consent_form import form_fields

    return form_fields(visitor.page("/servers"), "/sign-out")["csrf_token"]
