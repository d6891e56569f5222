"""Numbers of calls: by tool, server and app, for the person and for each app alone."""

from typing import Any

import pytest
from sqlmodel import select

from auth_server.membership.erasures import delete_account
from auth_server.models import User
from auth_server.settings import Settings as AuthSettings
from resource_server.gateway.tables import UpstreamCredential
from resource_server.usage.tables import ToolUse
from shared.database import unit_of_work
from shared.ids import new_id
from tests.doors import Doors, Person, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.test_tools import EVERYTHING, answered
from tests.key_holders import KeyHolder, auth_session, key_of, key_row

ALL_MEMORY = {"type": "memory", "actions": ["read", "write"], "namespaces": ["*"]}
ONE_NAMESPACE = {"type": "memory", "actions": ["read"], "namespaces": ["personal"]}
SETS = {"type": "tools", "sets": ["memory", "history"]}


def app_of(person: Person, *details: dict[str, Any]) -> KeyHolder:
    """A program that may call other servers, and look at what was called."""
    return key_of(
        person, new_id("app"), scope="memory:read memory:write gateway:call", details=[EVERYTHING, SETS, *details]
    )


def groups(app: KeyHolder, **arguments: Any) -> dict[str, dict[str, Any]]:
    """The numbers by name."""
    found = answered(app, "telemetry_stats", **arguments)["structuredContent"]
    return {group["name"]: group for group in found["groups"]}


@pytest.fixture
def person(doors: Doors, behind: Behind, upstream_url: str) -> Person:
    """Somebody with one server."""
    behind.http("fix", upstream_url)
    return doors.person()


def test_calls_are_counted_by_tool_with_those_that_failed_and_their_latencies(person: Person) -> None:
    """G28, K22."""
    app = app_of(person, ALL_MEMORY)
    for _ in range(3):
        answered(app, "fix__add", one=1, two=2)
    answered(app, "fix__fail")
    answered(app, "memory_recall", query="anything")
    found = groups(app)
    assert (found["fix__add"]["calls"], found["fix__add"]["errors"]) == (3, 0)
    assert (found["fix__fail"]["calls"], found["fix__fail"]["errors"]) == (1, 1)
    assert found["memory_recall"]["calls"] == 1
    assert 0 < found["fix__add"]["p50_ms"] <= found["fix__add"]["p95_ms"]


def test_calls_are_counted_by_server(person: Person) -> None:
    app = app_of(person, ALL_MEMORY)
    answered(app, "fix__add", one=1, two=2)
    answered(app, "memory_recall", query="anything")
    found = groups(app, by="server")
    assert (found["fix"]["calls"], found["ostiary"]["calls"]) == (1, 1)
    assert groups(app, by="tool", server="fix").keys() == {"fix__add"}


def test_an_app_that_may_not_read_everything_sees_its_own_calls_alone(person: Person) -> None:
    whole, narrow = app_of(person, ALL_MEMORY), app_of(person, ONE_NAMESPACE)
    answered(whole, "fix__add", one=1, two=2)
    answered(narrow, "fix__remember", text="milk")
    assert "fix__add" not in groups(narrow)
    assert groups(whole).keys() >= {"fix__add", "fix__remember"}


def test_nobody_sees_the_numbers_of_another_person(doors: Doors, person: Person) -> None:
    answered(app_of(person, ALL_MEMORY), "fix__add", one=1, two=2)
    assert "fix__add" not in groups(app_of(doors.person(), ALL_MEMORY))


def test_answers_are_told_in_tokens_and_at_a_price(person: Person) -> None:
    """K22."""
    app = app_of(person, ALL_MEMORY)
    answered(app, "fix__remember", text="x" * 4000)
    found = answered(app, "telemetry_cost", server="fix", price=2.0)["structuredContent"]
    [group] = found["groups"]
    assert 1000 <= group["tokens_in"] <= 1010
    assert 1000 <= group["tokens_out"] <= 1010
    assert group["cost"] == 2e-6 * (group["tokens_in"] + group["tokens_out"])


def test_a_server_that_cannot_be_reached_counts_as_a_failure_of_nothing(doors: Doors, behind: Behind) -> None:
    """A tool that was never listed is no tool: names that somebody made up do not fill the table."""
    behind.http("down", "http://127.0.0.1:9/mcp")
    app = app_of(doors.person(), ALL_MEMORY)
    answered(app, "down__made_up")
    assert "down__made_up" not in groups(app)


def test_of_an_erased_person_neither_counts_nor_credentials_are_left(doors: Doors, behind: Behind) -> None:
    server = behind.stdio("own", asks=("API_KEY",))
    app = app_of(doors.person(), ALL_MEMORY)
    user_id = key_row(doors, app.id).user_id
    behind.upstreams.enter(server, user_id, {"API_KEY": "secret"})
    answered(app, "memory_recall", query="anything")
    answered(app, "telemetry_stats")
    assert rows_of(behind, user_id) == {"tool_uses", "upstream_credentials"}
    with auth_session(doors) as session:
        delete_account(session, AuthSettings(**doors.shared), session.get_one(User, user_id))
    wait_until(lambda: not rows_of(behind, user_id))


def rows_of(behind: Behind, user_id: str) -> set[str]:
    """The tables that hold anything of this person."""
    with unit_of_work(behind.engine, read_only=True) as session:
        tables = (ToolUse, UpstreamCredential)
        return {str(t.__tablename__) for t in tables if session.exec(select(t).where(t.user_id == user_id)).first()}
