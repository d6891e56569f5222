"""The ledger: every call by an app is in it, and an app sees of it what its grant reaches."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import time_machine

from resource_server.context.caller import GrantEndedError
from resource_server.tools.registry import Registry
from shared.ids import new_id
from shared.scopes import Scope
from shared.server_access import EVERY_SERVER
from tests.resource_server.tool_callers import App
from tests.spec.tool_calls import CALLS, arguments_for

ALL = ("*",)


@pytest.fixture
def owner(registry: Registry) -> App:
    """An app that may do everything."""
    return App(registry, new_id("usr"), name="Owner", read=ALL, write=ALL)


def entries(app: App, **wanted: Any) -> list[dict[str, Any]]:
    """What the ledger shows to an app, without its own looking."""
    page = app.call("memory_ledger", limit=50, **wanted)
    return [entry for entry in page["entries"] if entry["tool"] != "memory_ledger"]


@pytest.mark.parametrize("tool", sorted(CALLS))
def test_every_tool_leaves_an_entry(owner: App, tool: str) -> None:
    """Whatever tools there will be: the registry records the call, or the transaction of its write does."""
    owner = replace(owner, scopes=(*owner.scopes, Scope.GATEWAY_CALL), servers=EVERY_SERVER)
    [definition] = [one for one in owner.registry.visible_tools(owner.caller) if one.name == tool]
    arguments = arguments_for(owner, definition)
    replace(owner, name="Other").call(tool, **arguments)
    found = owner.call("memory_ledger", app="other")["entries"]
    assert {entry["tool"] for entry in found} == {tool}


def test_a_reading_is_told_with_its_question_and_what_it_answered(owner: App) -> None:
    saved = owner.call("memory_store", text="Grace keeps bees.", key="bees")
    owner.call("memory_search", query="who keeps bees?")
    owner.call("memory_recall", key="bees", namespace="personal")
    recalled, searched, _ = entries(owner)
    assert (searched["action"], searched["question"], searched["namespaces"]) == ("read", "who keeps bees?", ["*"])
    assert searched["memory_ids"] == [saved["id"]]
    assert (recalled["question"], recalled["namespaces"]) == ("key: bees", ["personal"])
    assert (recalled["app"], recalled["client_id"]) == ("Owner", "cli_Owner")


def test_an_id_that_an_app_wrote_is_no_memory_that_was_answered(owner: App) -> None:
    """Else an app could tie its memories to others, which it may not read."""
    other = owner.call("memory_store", text="Grace keeps bees.", namespace="home")["id"]
    worker = replace(owner, name="Worker", read=("work",), write=("work",))
    saved = worker.call("memory_store", text="Read me first.", tags=[other], key=other, namespace="work")["id"]
    worker.call("memory_search", query="read me first")
    [entry] = owner.call("memory_ledger", app="Worker", action="read")["entries"]
    assert entry["memory_ids"] == [saved]


def test_a_write_is_told_without_what_was_written(owner: App) -> None:
    saved = owner.call("memory_store", text="Grace keeps bees.", key="bees", namespace="home")
    owner.call("memory_update", id=saved["id"], text="Grace keeps goats.")
    owner.call("memory_delete", key="bees")
    found = entries(owner, action="write")
    assert [entry["tool"] for entry in found] == ["memory_delete", "memory_update", "memory_store"]
    assert {tuple(entry["memory_ids"]) for entry in found} == {(saved["id"],)}
    assert {tuple(entry["namespaces"]) for entry in found} == {("home",)}
    assert "Grace" not in str(found)


def test_what_was_refused_or_rolled_back_is_no_entry(owner: App) -> None:
    def ended() -> None:
        raise GrantEndedError

    owner.call("memory_store", text="first")
    replace(owner, ensure_live=ended).refusal("memory_store", text="never")
    owner.refusal("memory_update", id=new_id("mem"), text="nothing")
    owner.refusal("memory_search", query="")
    assert [entry["tool"] for entry in entries(owner)] == ["memory_store"]


def test_an_app_sees_what_it_did_itself(owner: App) -> None:
    """What other apps ask is as telling as memories: only who may read everything learns it."""
    narrow = replace(owner, name="Narrow", read=("personal",), write=("personal",))
    owner.call("memory_store", text="a surprise for Grace", namespace="personal")
    owner.call("memory_search", query="the surprise", namespace="personal")
    narrow.call("memory_search", query="mine")
    found = narrow.call("memory_ledger")
    assert [entry["question"] for entry in found["entries"]] == ["mine"]
    assert "surprise" not in str(found)
    assert narrow.call("memory_ledger", app="Owner")["entries"] == []
    assert {entry["app"] for entry in entries(owner)} == {"Owner", "Narrow"}


def test_an_app_sees_no_more_of_a_namespace_that_was_taken_from_it(owner: App) -> None:
    app = replace(owner, name="Once", read=("heist", "personal"), write=("heist",))
    app.call("memory_store", text="midnight", namespace="heist")
    app.call("memory_search", query="when", namespace="heist")
    app.call("memory_search", query="both")
    app.call("memory_search", query="still mine", namespace="personal")
    assert len(entries(app)) == 4
    assert [entry["question"] for entry in entries(replace(app, read=("personal",)))] == ["still mine"]


def test_another_persons_ledger_is_another(owner: App) -> None:
    owner.call("memory_store", text="x")
    other = replace(owner, user_id=new_id("usr"))
    assert other.call("memory_ledger")["entries"] == []


def test_the_ledger_is_narrowed_and_paged(owner: App) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        owner.call("memory_store", text="old")
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        owner.call("memory_store", text="new")
        owner.call("memory_search", query="new")
        first = owner.call("memory_ledger", limit=2)
        second = owner.call("memory_ledger", limit=2, cursor=first["next_cursor"])
        assert [entry["tool"] for entry in first["entries"]] == ["memory_search", "memory_store"]
        assert second["entries"][0]["at"] == "2026-03-01T12:00:00Z"
        assert len(entries(owner, since="2026-03-02T00:00:00Z", action="write")) == 1
        assert len(entries(owner, until="2026-03-02T01:00:00+02:00")) == 1
        assert entries(owner, until="2026-03-01T12:00:00Z") == []


def test_a_cursor_tells_nothing_of_what_other_apps_did(owner: App) -> None:
    narrow = replace(owner, name="Narrow", read=("work",), write=("work",))
    for number in range(3):
        narrow.call("memory_store", text=f"thing {number}", namespace="work")
    first = narrow.call("memory_ledger", action="write", limit=1)["next_cursor"]
    for number in range(5):
        owner.call("memory_store", text=f"secret {number}", namespace="home")
    assert narrow.call("memory_ledger", action="write", limit=1)["next_cursor"] == first == "2"


@pytest.mark.parametrize(
    "arguments", [{"cursor": "mem_x"}, {"cursor": "9" * 30}, {"action": "delete"}, {"since": "yesterday"}, {"app": ""}]
)
def test_what_the_ledger_cannot_answer_is_refused_in_words(owner: App, arguments: dict[str, Any]) -> None:
    assert "Reference" not in owner.refusal("memory_ledger", **arguments)


def test_a_long_question_is_cut(owner: App) -> None:
    owner.call("memory_store", text="x")
    owner.call("memory_search", query="x " * 1_500)
    assert len(entries(owner)[0]["question"]) == 500


@pytest.mark.parametrize("ask", [lambda app: app.call("server_status"), lambda app: app.call("memory_ledger")])
def test_being_asked_makes_no_vault(registry: Registry, tmp_path: Any, ask: Callable[[App], object]) -> None:
    app = App(registry, new_id("usr"))
    ask(app)
    assert app.call("memory_ledger")["entries"] == []
    assert not (tmp_path / "vaults" / f"{app.user_id}.db").exists()
