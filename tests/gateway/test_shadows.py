"""AS-105: no server, and no tool, stands in the place of another."""

import pytest

from resource_server.gateway.upstream import InvalidServerError
from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.test_tools import answered, holder, names
from tests.key_holders import key_row


def test_a_server_of_ones_own_cannot_have_the_name_of_one_for_everybody(behind: Behind, upstream_url: str) -> None:
    server = behind.http("fix", upstream_url)
    with pytest.raises(InvalidServerError, match="already"):
        behind.http("fix", upstream_url, owner="usr_somebody")
    behind.upstreams.switch(server.id, is_enabled=False)
    with pytest.raises(InvalidServerError, match="already"):
        behind.http("fix", upstream_url, owner="usr_somebody")


def test_a_server_for_everybody_hides_ones_own_of_that_name_also_while_it_is_off(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    """AS-105: a grant knows servers by their names."""
    app = holder(doors)
    behind.http("fix", upstream_url, owner=key_row(doors, app.id).user_id, secrets={"X-Key": "own"})
    assert answered(app, "fix__seen_headers")["structuredContent"]["x-key"] == "own"
    server = behind.http("fix", upstream_url, secrets={"X-Key": "everybody's"})
    assert answered(app, "fix__seen_headers")["structuredContent"]["x-key"] == "everybody's"
    behind.upstreams.switch(server.id, is_enabled=False)
    assert answered(app, "fix__seen_headers")["isError"] is True
    assert names(app) == []


def test_a_persons_own_server_is_nobody_elses(doors: Doors, behind: Behind, upstream_url: str) -> None:
    ada, bob = holder(doors), holder(doors)
    behind.http("fix", upstream_url, owner=key_row(doors, ada.id).user_id)
    wait_until(lambda: names(ada))
    assert names(bob) == []
    assert answered(bob, "fix__add", one=1, two=1)["isError"] is True


def test_a_tool_with_a_separator_in_its_own_name_belongs_to_its_server_alone(
    doors: Doors, behind: Behind, upstream_url: str, strange_url: str
) -> None:
    """AS-105: a name of a server has no underscore, so the first two end it."""
    behind.http("fix", upstream_url)
    behind.http("odd", strange_url)
    app = holder(doors, {"type": "server", "server": "odd", "tools": ["*"]})
    wait_until(lambda: names(app))
    assert names(app) == ["odd___add", "odd__fix__add"]
    assert answered(app, "odd__fix__add")["structuredContent"] == {"result": "odd"}
    assert answered(app, "odd___add")["structuredContent"] == {"result": "odd"}
    assert answered(app, "fix__add", one=1, two=1)["isError"] is True


def test_a_tool_whose_name_could_pass_for_anothers_is_neither_listed_nor_called(
    doors: Doors, behind: Behind, strange_url: str
) -> None:
    """AS-105: of another alphabet, with a space, or too long."""
    behind.http("odd", strange_url)
    app = holder(doors)
    wait_until(lambda: names(app))
    assert names(app) == ["odd___add", "odd__fix__add"]
    assert "no such tool" in answered(app, "odd__\u0430dd")["content"][0]["text"]  # a Cyrillic letter
