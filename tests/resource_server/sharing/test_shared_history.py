"""The past of a shared namespace (C22): members look back, whoever may write there undoes, nobody else knows of it."""

from dataclasses import replace
from typing import Any

import pytest

from resource_server.memory.sharing.managing import Sharing
from resource_server.memory.sharing.membership import Role
from tests.resource_server.sharing.conftest import SECRET
from tests.resource_server.tool_callers import App

BEGINNING = "2020-01-01T00:00:00Z"


@pytest.fixture
def opening(sharing: Sharing, heist: str, bob: App) -> str:
    """The id of Ada's memory in `heist`, which Bob has changed since."""
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    [memory] = bob.call("memory_recall", key="opening")["memories"]
    bob.call("memory_update", id=memory["id"], text="at noon")
    return str(memory["id"])


def texts(app: App, **wanted: Any) -> list[str]:
    return [memory["text"] for memory in app.call("memory_list", **wanted)["memories"]]


def agreed(caller: App, tool: str, **wanted: Any) -> dict[str, Any]:
    """The answer once the person has agreed."""
    asked = caller.call(tool, **wanted)
    return caller.call(tool, **wanted, confirmation=asked["confirmation"])


def test_every_member_sees_what_happened_and_whose_app_did_it(
    sharing: Sharing, heist: str, opening: str, ada: App, bob: App
) -> None:
    sharing.set_role(heist, bob.user_id, Role.READER)
    for app in (ada, bob):
        for named in ({"id": opening}, {"key": "opening"}, {"key": "opening", "namespace": "heist"}):
            changed, stored = app.call("memory_history", **named)["steps"]
            assert (changed["text"], changed["by"]["person"]) == ("at noon", "Bob")
            assert (stored["text"], stored["by"]["person"]) == (SECRET, "Ada")
        [difference] = app.call("memory_diff", since=BEGINNING)["differences"]
        assert (difference["namespace"], difference["last_write"]["person"]) == ("heist", "Bob")


def test_a_live_memory_is_meant_before_one_in_the_trash(opening: str, bob: App) -> None:
    own = bob.call("memory_store", text="mine", key="opening")
    bob.call("memory_delete", id=own["id"])
    assert [step["id"] for step in bob.call("memory_history", key="opening")["steps"]] == [opening, opening]


def test_the_trash_and_what_changed_are_one_list_over_all_vaults(opening: str, ada: App, bob: App) -> None:
    for number in range(3):
        for app, where in ((ada, "heist"), (bob, "personal")):
            saved = app.call("memory_store", text=f"number {number} in {where}", namespace=where)
            app.call("memory_delete", id=saved["id"])
    bob.call("memory_delete", id=opening)
    trash, cursor = [], None
    while True:
        page = bob.call("memory_trash", limit=2, cursor=cursor)
        trash += page["memories"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [one["text"] for one in trash] == [
        "at noon", "number 2 in personal", "number 2 in heist", "number 1 in personal", "number 1 in heist",
        "number 0 in personal", "number 0 in heist",
    ]  # fmt: skip
    assert {one["deleted_by"]["person"] for one in trash if one["namespace"] == "heist"} == {"Ada", "Bob"}
    saved = [bob.call("memory_store", text=f"new {where}", namespace=where)["id"] for where in ("heist", "personal")]
    changed, cursor = [], None
    while True:
        page = bob.call("memory_diff", since=BEGINNING, limit=1, cursor=cursor)
        changed += [one["id"] for one in page["differences"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert changed == saved[::-1]


def test_a_writer_restores_for_all_and_a_reader_is_told_why_not(
    sharing: Sharing, heist: str, opening: str, ada: App, bob: App
) -> None:
    ada.call("memory_delete", id=opening)
    sharing.set_role(heist, bob.user_id, Role.READER)
    assert "read it, not write" in bob.refusal("memory_restore", id=opening)
    sharing.set_role(heist, bob.user_id, Role.WRITER)
    assert bob.call("memory_restore", id=opening)["memory"]["saved_by"]["person"] == "Bob"
    assert texts(ada) == ["at noon"]


@pytest.mark.usefixtures("opening")
def test_rolling_back_an_app_undoes_what_this_person_s_app_wrote(
    sharing: Sharing, heist: str, ada: App, bob: App
) -> None:
    """Two people may have an app of the same name: each undoes their own."""
    twin = App(ada.registry, ada.user_id, name="Bob's app", read=ada.read, write=ada.write)
    twin.call("memory_store", text="of Ada's twin", namespace="heist")
    bob.call("memory_store", text="own")
    bob.call("memory_store", text="planted", namespace="heist")
    undo = {"app": "Bob's app", "since": BEGINNING, "dry_run": False}
    counts = {"changed-back": 1, "to-the-trash": 2}
    assert bob.call("memory_rollback", app="Bob's app", since=BEGINNING)["counts"] == counts
    sharing.set_role(heist, bob.user_id, Role.READER)
    assert bob.call("memory_rollback", app="Bob's app", since=BEGINNING)["counts"] == {"to-the-trash": 1}
    assert "read it, not write" in bob.refusal("memory_rollback", app="Bob's app", since=BEGINNING, namespace="heist")
    sharing.set_role(heist, bob.user_id, Role.WRITER)
    assert agreed(bob, "memory_rollback", **undo)["counts"] == counts
    assert texts(bob) == texts(ada) == ["of Ada's twin", SECRET]
    [write] = [entry for entry in bob.call("memory_ledger")["entries"] if entry["namespaces"] == ["heist"]][:1]
    assert (write["tool"], write["action"]) == ("memory_rollback", "write")


def test_deleting_by_filter_reaches_what_is_shared(
    sharing: Sharing, heist: str, opening: str, ada: App, bob: App
) -> None:
    bob.call("memory_store", text="own", tags=["vault"])
    sharing.set_role(heist, bob.user_id, Role.READER)
    assert bob.call("memory_delete_many", tags=["vault"])["by_namespace"] == {"personal": 1}
    assert "read it, not write" in bob.refusal("memory_delete_many", namespace="heist")
    sharing.set_role(heist, bob.user_id, Role.WRITER)
    asked = bob.call("memory_delete_many", tags=["vault"])
    assert asked["by_namespace"] == {"heist": 1, "personal": 1}
    ada.call("memory_update", id=opening, text="changed meanwhile")
    assert bob.call("memory_delete_many", tags=["vault"], confirmation=asked["confirmation"])["deleted"] == 0
    assert agreed(bob, "memory_delete_many", tags=["vault"])["deleted"] == 2
    assert texts(ada) == texts(bob) == []


def test_what_members_find_of_use_weighs_for_all(
    sharing: Sharing, heist: str, opening: str, ada: App, bob: App
) -> None:
    assert bob.call("memory_feedback", id=opening, label="useful")["useful"] == 1
    assert ada.call("memory_feedback", id=opening, label="useful")["useful"] == 2
    sharing.set_role(heist, bob.user_id, Role.READER)
    assert "read it, not write" in bob.refusal("memory_feedback", id=opening, label="outdated")


def test_one_app_of_two_people_has_two_voices(opening: str, ada: App, bob: App) -> None:
    """Clients with a metadata document have one id for everybody: a member could take back what another said."""
    adas, bobs = replace(ada, name="Claude"), replace(bob, name="Claude")
    assert adas.call("memory_feedback", id=opening, label="useful")["useful"] == 1
    assert bobs.call("memory_feedback", id=opening, label="irrelevant")["useful"] == 0
    adas.call("memory_store", text="The safe is green", namespace="heist")
    bobs.call("memory_store", text="The safe is green", namespace="heist")
    [also] = adas.call("memory_recall", query="safe is green")["also_said_by"]
    assert also["person"] == "Bob"


def test_the_sessions_of_others_are_not_told(opening: str, ada: App, bob: App) -> None:
    """What else somebody did in a session is theirs."""
    replace(ada, session_id="session-of-ada").call("memory_update", id=opening, text="at dusk")
    [first, *_] = bob.call("memory_history", id=opening)["steps"]
    assert (first["by"]["person"], first["by"]["session_id"]) == ("Ada", "")
    [first, *_] = ada.call("memory_history", id=opening)["steps"]
    assert first["by"]["session_id"] == "session-of-ada"


def test_who_is_removed_has_no_past_there(sharing: Sharing, heist: str, opening: str, ada: App, bob: App) -> None:
    ada.call("memory_delete", id=opening)
    sharing.remove(heist, bob.user_id)
    assert "no such memory" in bob.refusal("memory_history", id=opening)
    assert bob.call("memory_trash")["memories"] == []
    assert bob.call("memory_diff", since=BEGINNING)["differences"] == []
    assert "Nothing to restore" in bob.refusal("memory_restore", id=opening)
    assert bob.call("memory_rollback", app="Bob's app", since=BEGINNING)["counts"] == {}
