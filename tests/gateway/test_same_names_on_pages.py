"""A server that has the name of another one which an app was given: what a person sees of it, and decides anew."""

import re

import pytest

from tests.consent_form import PASSWORD, form_fields
from tests.doors import Connection, Doors, Person, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.test_consent import ACT, consent_page
from tests.gateway.test_same_names import decided_a_minute_ago, replace_server, text_of

ADDED_LATER = "It was added after you allowed this app"


@pytest.fixture
def ada(doors: Doors) -> Person:
    """Somebody who gave an app the server `fix`."""
    return doors.person()


@pytest.fixture
def app(doors: Doors, behind: Behind, upstream_url: str, ada: Person) -> Connection:
    """That app; meanwhile another server has the name."""
    behind.http("fix", upstream_url)
    made = ada.connect(f"memory:read {ACT}", servers=("fix *",))
    decided_a_minute_ago(doors, made)
    replace_server(behind, upstream_url)
    return made


def ticked(page: str) -> list[str]:
    """The boxes for tools that are ticked."""
    return re.findall(r'name="server_tool" value="([^"]+)"[^>]* checked', page)


def test_the_page_that_changes_the_app_says_so_and_ticks_nothing_of_it(
    doors: Doors, ada: Person, app: Connection
) -> None:
    path = f"/account/grants/{doors.claims(app)['grant_id']}"
    page = ada.browser.get(path).text
    assert ADDED_LATER in page
    assert ticked(page) == []


def test_to_tick_it_gives_more_and_is_confirmed(doors: Doors, ada: Person, app: Connection) -> None:
    """AS-115."""
    assert "was added after" in text_of(app)
    path = f"/account/grants/{doors.claims(app)['grant_id']}"
    form = form_fields(ada.browser.get(path).text, path) | {"scope": ["memory:read", ACT], "server_tool": ["fix *"]}
    asked = ada.browser.post(path, data=form)
    assert "New: may use all tools of fix, later ones too." in asked.text
    assert "was added after" in text_of(app)
    form = form_fields(asked.text, path) | {"scope": ["memory:read", ACT], "server_tool": ["fix *"]}
    assert ada.browser.post(path, data=form | {"password": [PASSWORD]}).status_code == 303
    wait_until(lambda: text_of(app) == "3")
    page = ada.browser.get(path).text
    assert ADDED_LATER not in page
    assert ticked(page) == ["fix *"]


def test_to_leave_it_takes_nothing_else_away(doors: Doors, ada: Person, app: Connection) -> None:
    path = f"/account/grants/{doors.claims(app)['grant_id']}"
    form = form_fields(ada.browser.get(path).text, path)
    assert ada.browser.post(path, data=form).status_code == 303
    wait_until(lambda: "may not" not in text_of(app, "memory_list") and app.call("memory_list").status_code == 200)
    assert "fix" not in ada.browser.get("/account/apps").text


def test_an_app_that_asks_again_finds_it_unticked(ada: Person, app: Connection) -> None:
    page = consent_page(ada, app.client_id)
    assert '"fix *"' in page
    assert ticked(page) == []


def test_what_was_there_before_is_ticked_as_ever(doors: Doors, behind: Behind, upstream_url: str, ada: Person) -> None:
    behind.http("fix", upstream_url)
    app = ada.connect(f"memory:read {ACT}", servers=("fix *",))
    path = f"/account/grants/{doors.claims(app)['grant_id']}"
    for page in (ada.browser.get(path).text, consent_page(ada, app.client_id)):
        assert ticked(page) == ["fix *"]
        assert ADDED_LATER not in page
