"""The pages with numbers of calls: a person's own, and for administrators everybody's."""

from tests.doors import Doors, Person
from tests.gateway.conftest import Behind
from tests.gateway.test_tools import EVERYTHING, answered
from tests.key_holders import KeyHolder, key_of
from tests.web.browsing import Visitor


def app_of(doors: Doors, visitor: Visitor) -> KeyHolder:
    """A program of this person's."""
    return key_of(Person(doors, visitor.email, visitor.http), scope="gateway:call", details=[EVERYTHING])


def test_a_person_sees_what_their_apps_called_and_nothing_of_others(
    doors: Doors, behind: Behind, upstream_url: str, ada: Visitor, bea: Visitor
) -> None:
    """G28."""
    behind.http("fix", upstream_url)
    answered(app_of(doors, bea), "fix__add", one=1, two=2)
    assert "<code>fix__add</code>" in bea.page("/usage")
    assert "There was no call" in ada.page("/usage")


def test_numbers_are_of_one_server_where_the_address_says_so(
    doors: Doors, behind: Behind, upstream_url: str, bea: Visitor
) -> None:
    behind.http("fix", upstream_url)
    answered(app_of(doors, bea), "fix__fail")
    bea.page("/usage")
    assert "<code>fix__fail</code>" in bea.page("/usage?span=fortnight&server=fix")
    assert "There was no call" in bea.page("/usage?server=other")
    assert "There was no call" in bea.page("/usage?server=<script>&span=ever")


def test_an_administrator_sees_everybodys_and_nobody_else_does(
    doors: Doors, behind: Behind, upstream_url: str, ada: Visitor, bea: Visitor
) -> None:
    behind.http("fix", upstream_url)
    answered(app_of(doors, bea), "fix__add", one=1, two=2)
    assert bea.email in ada.page("/manage/usage")
    bea.page("/usage")
    assert bea.get("/manage/usage").status_code == 403
