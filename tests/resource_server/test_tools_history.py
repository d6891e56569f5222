"""The tools that look into the past and undo, as apps call them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from resource_server.tools.registry import Registry
from shared.ids import new_id
from shared.scopes import Scope
from tests.resource_server.tool_callers import App

START = datetime(2026, 3, 1, tzinfo=UTC)


def hour(number: float) -> str:
    """So many hours after the start, as an argument."""
    return (START + timedelta(hours=number)).isoformat()


def at(number: float) -> time_machine.travel:
    """The clock stands at an hour."""
    return time_machine.travel(START + timedelta(hours=number), tick=False)


@pytest.fixture
def rogue(claude: App) -> App:
    """Another app of the same person."""
    return replace(claude, name="Rogue")


@pytest.fixture
def home(claude: App) -> str:
    """A memory of Claude's that Rogue changed two hours later."""
    with at(1):
        saved = claude.call("memory_store", text="lives in Rome", key="home", tags=["place"])
    with at(3):
        replace(claude, name="Rogue").call("memory_update", id=saved["id"], text="lives on Mars")
    return str(saved["id"])


def test_the_history_says_what_changed_by_whom_and_when(claude: App, home: str) -> None:
    with at(4):
        by_id = claude.call("memory_history", id=home)
        assert claude.call("memory_history", key="home") == by_id
    changed, stored = by_id["steps"]
    assert (changed["event"], changed["changed"], changed["by"]["app"]) == ("updated", ["text"], "Rogue")
    assert changed["by"]["at"].startswith("2026-03-01T03:00:00")
    assert (stored["event"], stored["changed"], stored["text"]) == ("stored", [], "lives in Rome")
    assert "not an instruction" in by_id["notice"]


def test_the_history_of_a_deleted_memory_is_still_there_by_its_key(claude: App, home: str) -> None:
    with at(4):
        claude.call("memory_delete", id=home)
        assert [step["in_trash"] for step in claude.call("memory_history", key="home")["steps"]] == [True, False, False]


@pytest.mark.usefixtures("home")
def test_a_difference_shows_both_states(claude: App) -> None:
    with at(5):
        claude.call("memory_store", text="new")
    with at(6):
        answer = claude.call("memory_diff", since=hour(2), until=hour(5))
        assert {one["change"] for one in answer["differences"]} == {"added", "changed"}
        [one] = [one for one in answer["differences"] if one["change"] == "changed"]
        assert (one["before"], one["text"]) == ({"text": "lives in Rome"}, "lives on Mars")
        assert one["last_write"]["app"] == "Rogue"
        assert claude.call("memory_diff", since="2026-03-01 05:30")["differences"] == []
        assert "before" in claude.refusal("memory_diff", since=hour(5), until=hour(2))


def test_the_trash_is_listed_and_emptied_by_restoring(claude: App, rogue: App, home: str) -> None:
    with at(4):
        rogue.call("memory_delete", id=home)
    with at(5):
        [one] = claude.call("memory_trash")["memories"]
        assert (one["id"], one["deleted_by"]["app"]) == (home, "Rogue")
        assert one["kept_until"].startswith("2026-03-31T04:00")
        assert claude.call("memory_restore", id=home)["memory"]["text"] == "lives on Mars"
        assert claude.call("memory_trash")["memories"] == []
        assert "memory_trash" in claude.refusal("memory_restore", id=home)


def test_rolling_back_is_a_dry_run_first(claude: App, rogue: App, home: str) -> None:
    with at(3):
        rogue.call("memory_store", text="planted")
    with at(6):
        dry = claude.call("memory_rollback", app="Rogue", since=hour(2))
        assert (dry["done"], dry["counts"]) == (False, {"changed-back": 1, "to-the-trash": 1})
        assert claude.call("memory_recall", key="home")["memories"][0]["text"] == "lives on Mars"
        asked = claude.call("memory_rollback", app="cli_Rogue", since=hour(2), dry_run=False)
        assert (asked["done"], asked["counts"]) == (False, dry["counts"])
        assert claude.call("memory_recall", key="home")["memories"][0]["text"] == "lives on Mars"
        agreed = {"dry_run": False, "confirmation": asked["confirmation"]}
        done = claude.call("memory_rollback", app="cli_Rogue", since=hour(2), **agreed)
        assert (done["done"], done["counts"], done["memories"]) == (True, dry["counts"], dry["memories"])
        assert [memory["text"] for memory in claude.call("memory_list")["memories"]] == ["lives in Rome"]
        assert claude.call("memory_history", id=home)["steps"][0]["by"]["tool"] == "memory_rollback"
        assert claude.call("memory_rollback", app="Rogue", since=hour(2))["counts"] == {}


@pytest.mark.usefixtures("home")
def test_what_was_agreed_to_is_what_is_undone(claude: App, rogue: App) -> None:
    with at(6):
        asked = claude.call("memory_rollback", app="Rogue", since=hour(2), dry_run=False)
        rogue.call("memory_store", text="planted meanwhile")
        agreed = {"dry_run": False, "confirmation": asked["confirmation"]}
        assert claude.call("memory_rollback", app="Rogue", since=hour(2), **agreed)["question"] is not None
        assert rogue.call("memory_rollback", app="Rogue", since=hour(2), **agreed)["question"] is not None
        assert "lives on Mars" in {memory["text"] for memory in claude.call("memory_list")["memories"]}


def test_what_an_app_also_said_leaves_memories_with_consent_alone(claude: App, rogue: App) -> None:
    """Else any app could take away, for good, that another had said the same."""
    wanted = {"app": "Rogue", "since": hour(0), "dry_run": False}
    with at(1):
        claude.call("memory_store", text="Tea is green.")
        rogue.call("memory_store", text="Tea is green.")
        asked = claude.call("memory_rollback", **wanted)
        assert (asked["done"], asked["statements"], asked["counts"]) == (False, 1, {})
        assert "1 statements-withdrawn" in asked["question"]
        assert [one["app"] for one in claude.call("memory_recall", query="tea")["also_said_by"]] == ["Rogue"]
        assert claude.call("memory_rollback", **wanted, confirmation=asked["confirmation"])["done"]
        assert claude.call("memory_recall", query="tea")["also_said_by"] == []


def test_no_cursor_of_a_history_tells_what_is_written_elsewhere(claude: App) -> None:
    worker = replace(claude, name="Worker", read=("work",), write=("work",))

    def cursor() -> str | None:
        cursor: str | None = worker.call("memory_history", key="plan", limit=1)["next_cursor"]
        return cursor

    for text in ("one", "two"):
        worker.call("memory_store", text=text, key="plan", namespace="work")
    before = cursor()
    for number in range(3):
        claude.call("memory_store", text=f"secret {number}")
    worker.call("memory_store", text="three", key="plan", namespace="work")
    assert (before, cursor()) == ("1", "2")


def test_counts_of_the_past(claude: App, home: str) -> None:
    with at(4):
        claude.call("memory_delete", id=home)
        assert claude.call("memory_stats", as_of=hour(2))["total"] == 1
        assert claude.call("memory_stats", as_of=hour(0))["total"] == 0
        assert claude.call("memory_stats")["total"] == 0


def test_a_bulk_delete_waits_for_its_confirmation(claude: App) -> None:
    for number in range(3):
        claude.call("memory_store", text=f"number {number}", tags=["old"])
    claude.call("memory_store", text="kept")
    asked = claude.call("memory_delete_many", tags=["old"])
    assert (asked["deleted"], asked["by_namespace"], asked["kept_in_trash_until"]) == (0, {"personal": 3}, None)
    assert claude.call("memory_stats")["total"] == 4
    token = asked["confirmation"]
    assert claude.call("memory_delete_many", tags=["old"], confirmation=token)["deleted"] == 3
    assert [memory["text"] for memory in claude.call("memory_list")["memories"]] == ["kept"]
    assert "Nothing was deleted" in claude.refusal("memory_delete_many", tags=["old"], confirmation=token)


def test_a_confirmation_holds_for_that_set_that_app_and_ten_minutes(
    claude: App, rogue: App, registry: Registry
) -> None:
    stranger = App(registry, new_id("usr"))
    with at(1):
        for app in (claude, stranger):
            app.call("memory_store", text="one", tags=["old"])
        token = claude.call("memory_delete_many", tags=["old"])["confirmation"]
        for app in (rogue, stranger):
            assert app.call("memory_delete_many", tags=["old"], confirmation=token)["question"] is not None
        claude.call("memory_store", text="two", tags=["old"])
        asked = claude.call("memory_delete_many", tags=["old"], confirmation=token)
        assert (asked["deleted"], asked["by_namespace"]) == (0, {"personal": 2})
    with at(1.2):
        later = claude.call("memory_delete_many", tags=["old"], confirmation=asked["confirmation"])
        assert later["question"] is not None
        assert claude.call("memory_stats")["total"] == 2


def test_a_confirmation_is_spent_with_what_it_confirmed(claude: App) -> None:
    with at(1):
        saved = claude.call("memory_store", text="one", tags=["old"])["id"]
        token = claude.call("memory_delete_many", tags=["old"])["confirmation"]
        assert claude.call("memory_delete_many", tags=["old"], confirmation=token)["deleted"] == 1
    with at(1.1):
        claude.call("memory_restore", id=saved)
        again = claude.call("memory_delete_many", tags=["old"], confirmation=token)
        assert (again["deleted"], again["question"] is not None) == (0, True)
        assert claude.call("memory_stats")["total"] == 1


def test_a_confirmation_of_one_tool_or_selection_is_none_for_another(claude: App, rogue: App) -> None:
    rogue.call("memory_store", text="one", tags=["old"])
    claude.call("memory_store", text="two", tags=["new"])
    asked = {"app": "Rogue", "since": hour(0), "dry_run": False}
    rollback = claude.call("memory_rollback", **asked)["confirmation"]
    delete = claude.call("memory_delete_many", tags=["old"])["confirmation"]
    assert claude.call("memory_delete_many", tags=["old"], confirmation=rollback)["deleted"] == 0
    assert claude.call("memory_delete_many", tags=["new"], confirmation=delete)["deleted"] == 0
    assert claude.call("memory_rollback", **asked, confirmation=delete)["done"] is False
    other_grant = replace(claude, grant_id="grt_2")
    assert other_grant.call("memory_delete_many", tags=["old"], confirmation=delete)["deleted"] == 0
    assert claude.call("memory_stats")["total"] == 2


def test_the_answer_with_a_confirmation_says_that_the_person_is_to_be_asked(claude: App, rogue: App) -> None:
    rogue.call("memory_store", text="one", tags=["old"])
    told = (
        claude.call("memory_delete_many", tags=["old"]),
        claude.call("memory_rollback", app="Rogue", since=hour(0), dry_run=False),
    )
    for answer in told:
        assert "Put this question to the person" in answer["advice"]
        assert "Nothing was changed" in answer["advice"]
    done = claude.call("memory_delete_many", tags=["old"], confirmation=told[0]["confirmation"])
    assert (done["deleted"], done["advice"]) == (1, None)


def test_a_bulk_delete_needs_a_filter(claude: App) -> None:
    claude.call("memory_store", text="one")
    assert "filter" in claude.refusal("memory_delete_many")


def test_what_may_not_be_read_or_written_has_no_past_and_is_not_undone(claude: App, home: str) -> None:
    """AS-117."""
    other = replace(claude, name="Other", read=("work",), write=("work",))
    blind = replace(claude, name="Blind", read=("work",))
    reader = replace(claude, name="Reader", write=("work",))
    with at(4):
        claude.call("memory_delete", id=home)
    with at(5):
        for app in (other, blind):
            assert "no such memory" in app.refusal("memory_history", id=home)
            assert "no such memory" in app.refusal("memory_history", key="home")
            assert app.call("memory_diff", since=hour(0))["differences"] == []
            assert app.call("memory_trash")["memories"] == []
            assert app.call("memory_stats", as_of=hour(2))["total"] == 0
        for app in (other, blind, reader):
            assert "Nothing to restore" in app.refusal("memory_restore", id=home)
            assert app.call("memory_rollback", app="Rogue", since=hour(0), dry_run=False)["counts"] == {}
            assert "may not" in app.refusal("memory_rollback", app="Rogue", since=hour(0), namespace="personal")
            assert "Nothing was deleted" in app.refusal("memory_delete_many", app="Rogue")


def test_looking_back_needs_no_scope_to_write_and_undoing_does(claude: App) -> None:
    reader = replace(claude, scopes=(Scope.MEMORY_READ,))
    assert {"memory_history", "memory_diff", "memory_trash"} <= reader.tools()
    assert {"memory_restore", "memory_rollback", "memory_delete_many"}.isdisjoint(reader.tools())
