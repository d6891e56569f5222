"""Who does not share a namespace learns nothing of it and changes nothing in it, by any tool with any arguments.

The tools are not listed here: one of tomorrow is tried too.
"""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from resource_server.context.caller import GrantEndedError
from resource_server.memory.sharing.managing import Sharing
from resource_server.memory.sharing.membership import Role
from tests.e2e.test_isolation import attempts
from tests.resource_server.sharing.conftest import SECRET
from tests.resource_server.tool_callers import App, text_of

LONG_AGO = "2020-01-01T00:00:00Z"
TOLD = ("midnight", "laundry", "Basher")
OUT = ["stranger with a namespace of that name", "removed member", "app kept out by its grant"]


@dataclass(frozen=True)
class Treasure:
    """What lies in `heist`: two linked memories, a document, an exchange; and its members."""

    ada: App
    ids: dict[str, str]

    def state(self) -> str:
        """All of it, as a member sees it."""
        asked: tuple[tuple[str, dict[str, Any]], ...] = (
            ("memory_list", {"namespace": "heist", "limit": 50}),
            ("memory_trash", {"namespace": "heist"}),
            ("document_list", {"namespace": "heist"}),
            ("graph_query", {"node": "Basher", "namespace": "heist"}),
        )
        return "\n".join(text_of(self.ada.answer(tool, **given)) for tool, given in asked)

    def values(self) -> dict[str, list[Any]]:
        """What somebody outside may know or guess, by the names of arguments."""
        names = ("id", "memory", "memory_id", "node", "source", "to", "target", "document_id", "cursor")
        known = {name: [self.ids["document" if name == "document_id" else "memory"]] for name in names}
        return known | {"query": ["when does the vault open"], "key": ["opening"], "namespace": ["heist"]}


NEEDED = {
    "app": "Ada's app", "since": LONG_AGO, "relation": "knows", "label": "outdated", "text": "overwritten",
    "title": "overwritten", "content": "overwritten", "user_input": "overwritten",
}  # fmt: skip
ALWAYS = {"dry_run": False, "time_range": "last_month"}


def given(schema: dict[str, Any]) -> dict[str, Any]:
    """What a tool needs beside what is guessed, so that it gets as far as it can."""
    needed = {name: NEEDED[name] for name in schema.get("required", ()) if name in NEEDED}
    return needed | {name: value for name, value in ALWAYS.items() if name in schema["properties"]}


@pytest.fixture
def treasure(sharing: Sharing, heist: str, ada: App, bob: App) -> Treasure:
    """Ada's and a friend's; Bob, who is tried, has not come to share it."""
    friend = replace(ada, user_id=bob.user_id.replace(bob.user_id[-4:], "0000"), name="A friend's app")
    sharing.add(heist, friend.user_id, Role.WRITER, "Friend")
    [memory] = ada.call("memory_recall", key="opening")["memories"]
    document = friend.call("document_add", title="Plan", content="# Through the laundry", namespace="heist")
    ada.call("add_memory", user_input="Basher brings the tools.", conversation="c", namespace="heist")
    ada.call("graph_link", source="Basher", relation="opens", target=memory["id"], namespace="heist")
    return Treasure(ada, {"memory": memory["id"], "document": document["id"]})


@pytest.fixture(params=OUT)
def outsider(request: pytest.FixtureRequest, sharing: Sharing, heist: str, bob: App, treasure: Treasure) -> App:
    """Somebody who may do everything, but not there."""
    if request.param == OUT[0]:
        bob.call("memory_store", text="my vault opens never", key="opening", namespace="heist")
        return bob
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    if request.param == OUT[2]:
        return replace(bob, name="Narrow", read=("personal",), write=("personal",))
    assert SECRET in str(bob.call("memory_history", id=treasure.ids["memory"]))
    sharing.remove(heist, bob.user_id)
    return bob


def test_no_tool_with_any_arguments_tells_or_changes_anything(outsider: App, treasure: Treasure) -> None:
    """AS-117: what others share is neither told nor changed."""
    before = treasure.state()
    assert "no entity" in outsider.refusal("graph_query", node="Basher")
    for tool in outsider.registry.visible_tools(outsider.caller):
        for arguments in attempts(tool.input_schema, treasure.values()):
            answer = text_of(outsider.answer(tool.name, **given(tool.input_schema), **arguments))
            assert not [word for word in TOLD if word in answer], (tool.name, arguments)
            assert "failed for a reason" not in answer, (tool.name, arguments)
    assert treasure.state() == before


def test_a_grant_that_ends_during_a_call_writes_nothing_there(treasure: Treasure) -> None:
    """AS-116: of any tool that writes."""
    memory, document = treasure.ids["memory"], treasure.ids["document"]
    trashed = treasure.ada.call("memory_store", text="trashed", namespace="heist")["id"]
    treasure.ada.call("memory_delete", id=trashed)
    before = treasure.state()

    def ended() -> None:
        raise GrantEndedError

    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("memory_store", {"text": "late", "namespace": "heist"}),
        ("memory_update", {"id": memory, "text": "late"}),
        ("memory_delete", {"id": memory}),
        ("memory_restore", {"id": trashed}),
        ("memory_feedback", {"id": memory, "label": "outdated"}),
        ("document_add", {"title": "late", "content": "late", "namespace": "heist"}),
        ("document_delete", {"document_id": document}),
        ("add_memory", {"user_input": "late", "namespace": "heist"}),
        ("graph_link", {"source": memory, "relation": "knows", "target": "Late", "namespace": "heist"}),
    )
    for tool, arguments in calls:
        assert "ended" in replace(treasure.ada, ensure_live=ended).refusal(tool, **arguments), tool
    assert treasure.state() == before
