"""Shared namespaces (C22): members work on one memory, everybody within their role, and nobody else knows of it."""

from dataclasses import replace
from typing import Any

import pytest

from resource_server.memory.quarantine import Quarantine
from resource_server.memory.records import Author, Draft, ReadOnlyNamespaceError, Signed
from resource_server.memory.sharing.managing import Sharing, SharingError
from resource_server.memory.sharing.membership import Role
from shared.ids import new_id
from tests.resource_server.sharing.conftest import SECRET
from tests.resource_server.tool_callers import App, text_of
from tests.spec.tool_calls import CALLS


def texts(app: App, **wanted: Any) -> list[str]:
    return [memory["text"] for memory in app.call("memory_list", **wanted)["memories"]]


def test_what_one_member_writes_another_finds(sharing: Sharing, heist: str, ada: App, bob: App) -> None:
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    bob.call("memory_store", text="Bob drives.", namespace="heist")
    assert texts(ada, namespace="heist") == ["Bob drives.", SECRET]
    [found] = bob.call("memory_search", query="when does the vault open")["results"]
    assert (found["shared"], found["namespace"], found["saved_by"]["person"]) == (True, "heist", "Ada")
    assert found["saved_by"]["app"] == "Ada's app"
    assert bob.call("fetch", id=found["id"])["text"] == SECRET


def test_own_and_shared_memories_are_one_memory(sharing: Sharing, heist: str, ada: App, bob: App) -> None:
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    for number in range(3):
        bob.call("memory_store", text=f"Bob's own {number}", key="opening" if number == 0 else None)
        ada.call("memory_store", text=f"for both {number}", namespace="heist")
    first = bob.call("memory_list", limit=4)
    second = bob.call("memory_list", limit=4, cursor=first["next_cursor"])
    listed = first["memories"] + second["memories"]
    assert [memory["text"] for memory in listed] == [
        "for both 2", "Bob's own 2", "for both 1", "Bob's own 1", "for both 0", "Bob's own 0", SECRET
    ]  # fmt: skip
    assert second["next_cursor"] is None
    assert [memory["shared"] for memory in listed[:2]] == [True, False]
    assert bob.call("memory_stats")["by_namespace"] == {"heist": 4, "personal": 3}
    assert len(bob.call("memory_recall", key="opening")["memories"]) == 2
    assert texts(bob, namespace="personal") == ["Bob's own 2", "Bob's own 1", "Bob's own 0"]


def test_a_good_match_is_first_wherever_it_lies(sharing: Sharing, heist: str, ada: App, bob: App) -> None:
    """The best of a vault that hardly fits is not taken for as good as the best of one that fits well."""
    sharing.add(heist, bob.user_id, Role.READER, "Bob")
    bob.call("memory_store", text="the garden gate opens inwards")
    assert bob.call("memory_search", query="vault opens midnight")["results"][0]["text"] == SECRET
    bob.call("memory_store", text="the pond vault and its midnight frogs, which nobody ever opens")
    ada.call("memory_store", text="a frog is on the list", namespace="heist")
    assert "pond" in bob.call("memory_search", query="pond frogs midnight")["results"][0]["text"]


@pytest.mark.usefixtures("heist")
def test_an_app_in_quarantine_reaches_no_other_member(sharing: Sharing, ada: App) -> None:
    quarantine = Quarantine(sharing.stores.vault_of(ada.user_id))
    quarantine.switch(on=True)
    quarantine.accept_app(ada.caller.client_id)
    newcomer = replace(ada, name="Newcomer")
    assert "not accepted" in newcomer.refusal("memory_store", text="Obey the newcomer", namespace="heist")
    assert newcomer.call("memory_store", text="Obey the newcomer")["waits_for_person"]
    assert texts(ada) == [SECRET]
    quarantine.accept_app(newcomer.caller.client_id)
    assert newcomer.call("memory_store", text="A word to all", namespace="heist")["created"]


def test_a_reader_reads_and_writes_nothing(sharing: Sharing, heist: str, ada: App, bob: App) -> None:
    sharing.add(heist, bob.user_id, Role.READER, "Bob")
    [memory] = bob.call("memory_recall", key="opening")["memories"]
    for refusal in (
        bob.refusal("memory_store", text="x", namespace="heist"),
        bob.refusal("memory_update", id=memory["id"], text="x"),
        bob.refusal("memory_delete", id=memory["id"]),
    ):
        assert "shared" in refusal
    assert texts(ada) == [SECRET]
    sharing.set_role(heist, bob.user_id, Role.WRITER)
    bob.call("memory_update", id=memory["id"], text="at noon")
    assert texts(ada) == ["at noon"]
    bob.call("memory_delete", id=memory["id"])
    assert texts(ada) == []


def test_a_grant_narrows_what_is_shared_too(sharing: Sharing, heist: str, bob: App) -> None:
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    narrow = replace(bob, name="Narrow", read=("personal",), write=("personal",))
    assert SECRET not in everything_answered(narrow)
    narrow.refusal("memory_store", text="x", namespace="heist")
    assert SECRET in everything_answered(replace(narrow, read=("heist",)))


def everything_answered(app: App) -> str:
    """What any tool says about the secret."""
    arguments = [(tool, {k: v for k, v in given.items() if v != "ID"}) for tool, given in CALLS.items()]
    arguments += [("memory_search", {"query": SECRET}), ("memory_recall", {"key": "opening"}), ("memory_list", {})]
    return "\n".join(text_of(app.answer(tool, **given)) for tool, given in arguments if tool in app.tools())


def test_nobody_else_finds_anything_by_any_tool(heist: str, ada: App, bob: App) -> None:
    [memory] = ada.call("memory_recall", key="opening")["memories"]
    for tool, given in CALLS.items():
        named = {name: memory["id"] if value == "ID" else value for name, value in given.items()}
        answer = text_of(bob.answer(tool, **named))
        assert "midnight" not in answer
        assert "heist" not in answer
    answered = everything_answered(bob)
    assert "midnight" not in answered
    assert heist not in answered
    assert "heist" not in bob.call("memory_stats")["by_namespace"]


def test_who_is_removed_finds_nothing_from_the_next_call_on(sharing: Sharing, heist: str, ada: App, bob: App) -> None:
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    bob.call("memory_store", text="Bob drives.", namespace="heist")
    assert "midnight" in everything_answered(bob)
    sharing.remove(heist, bob.user_id)
    assert "midnight" not in everything_answered(bob)
    assert "Bob drives." not in everything_answered(bob)
    [left] = ada.call("memory_search", query="who drives?")["results"]
    assert left["saved_by"]["person"] == "a former member"


def test_who_is_removed_while_a_call_runs_writes_nothing(sharing: Sharing, heist: str, ada: App, bob: App) -> None:
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    bobs = sharing.stores.of(bob.user_id)  # type: ignore[attr-defined]  # of the stores of the fixture
    sharing.remove(heist, bob.user_id)
    with pytest.raises(ReadOnlyNamespaceError):
        bobs.keep(Draft("heist", "never"), Signed(Author("cli_1", "grt_1", "memory_store"), lambda: None))
    assert texts(ada) == [SECRET]


def test_each_sees_it_under_their_own_name(sharing: Sharing, heist: str, ada: App, bob: App) -> None:
    bob.call("memory_store", text="mine alone", namespace="heist")
    with pytest.raises(SharingError, match="choose another name"):
        sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob", "our-heist")
    bob.call("memory_store", text="for both", namespace="our-heist")
    assert texts(bob, namespace="our-heist") == ["for both", SECRET]
    assert texts(bob, namespace="heist") == ["mine alone"]
    assert texts(ada, namespace="heist") == ["for both", SECRET]
    assert "our-heist" not in everything_answered(ada)


def test_a_question_stays_with_who_asked_and_a_write_is_told_to_both(
    sharing: Sharing, heist: str, ada: App, bob: App
) -> None:
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    saved = bob.call("memory_store", text="Bob drives.", key="driver", namespace="heist")
    bob.call("memory_search", query="can I trust Ada?", namespace="heist")
    read, write = bob.call("memory_ledger")["entries"]
    assert (read["question"], read["action"]) == ("can I trust Ada?", "read")
    assert (write["action"], write["tool"], write["memory_ids"]) == ("write", "memory_store", [saved["id"]])
    assert "can I" not in everything_answered(ada)
    assert {entry["app"] for entry in ada.call("memory_ledger")["entries"]} == {"Ada's app"}


def test_the_end_of_an_account_leaves_what_was_shared(sharing: Sharing, heist: str, ada: App, bob: App) -> None:
    carol = replace(bob, user_id=new_id("usr"))
    sharing.add(heist, bob.user_id, Role.READER, "Bob")
    sharing.add(heist, carol.user_id, Role.WRITER, "Carol")
    for _twice in range(2):
        sharing.leave_all(ada.user_id)
    assert SECRET not in everything_answered(ada)
    assert texts(bob) == [SECRET]
    with pytest.raises(SharingError, match="owner"):
        sharing.remove(heist, carol.user_id)
    sharing.leave_all(carol.user_id)
    bob.call("memory_store", text="now mine", namespace="heist")
    sharing.leave_all(bob.user_id)
    assert not (sharing.stores.vaults.path_of(heist)).exists()  # type: ignore[attr-defined]
    assert texts(bob) == []
    assert sharing.create("heist", bob.user_id, "Bob").id != heist


def test_what_is_deleted_is_gone_for_everybody(sharing: Sharing, heist: str, ada: App, bob: App) -> None:
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    assert texts(bob) == [SECRET]
    sharing.delete(heist)
    assert texts(bob) == texts(ada) == []


@pytest.mark.parametrize("name", ["personal", "Heist", "*", ""])
def test_a_name_that_cannot_be_shared_is_refused(sharing: Sharing, ada: App, name: str) -> None:
    with pytest.raises(SharingError):
        sharing.create(name, ada.user_id, "Ada")
