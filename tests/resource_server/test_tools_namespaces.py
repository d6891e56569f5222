"""Details of a grant narrow every tool: what is outside does not exist, as far as answers tell."""

from dataclasses import replace

import pytest

from resource_server.tools.registry import Registry
from shared.ids import new_id
from shared.scopes import Scope
from tests.resource_server.tool_callers import App


@pytest.fixture
def owner(registry: Registry) -> App:
    """An app that may do everything."""
    return App(registry, new_id("usr"), "Owner", read=("*",), write=("*",))


@pytest.fixture
def narrow(owner: App) -> App:
    """An app of the same person that may read and write `work` alone."""
    return replace(owner, name="Narrow", read=("work",), write=("work",))


def test_what_is_outside_does_not_exist(owner: App, narrow: App) -> None:
    """AS-117: by id, by key, by search, in lists, in counts."""
    hidden = owner.call("memory_store", text="the secret train", key="k", tags=["t"], namespace="private")
    assert narrow.call("memory_recall", key="k")["memories"] == []
    assert narrow.call("memory_recall", query="secret train")["memories"] == []
    assert narrow.call("memory_search", query="secret train", tags=["t"])["results"] == []
    assert narrow.call("memory_list")["memories"] == []
    stats = narrow.call("memory_stats")
    assert (stats["total"], stats["by_namespace"], stats["characters"], stats["oldest"]) == (0, {}, 0, None)
    assert "private" not in str(narrow.call("server_status"))
    for tool, arguments in (("memory_update", {"text": "x"}), ("memory_delete", {})):
        assert narrow.refusal(tool, id=hidden["id"], **arguments) == narrow.refusal(tool, id=new_id("mem"), **arguments)
        assert narrow.refusal(tool, key="k", **arguments) == narrow.refusal(tool, key="none", **arguments)
    owner.call("memory_delete", id=hidden["id"])
    assert narrow.call("memory_stats")["in_trash"] == 0


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("memory_store", {"text": "x"}),
        ("memory_recall", {"key": "k"}),
        ("memory_recall", {"query": "q"}),
        ("memory_search", {"query": "q"}),
        ("memory_list", {}),
        ("memory_stats", {}),
        ("memory_update", {"key": "k", "text": "x"}),
        ("memory_delete", {"key": "k"}),
    ],
)
def test_a_namespace_that_was_not_granted_is_a_tool_error_whether_it_exists_or_not(
    owner: App, narrow: App, tool: str, arguments: dict[str, str]
) -> None:
    """AS-118."""
    owner.call("memory_store", text="x", key="k", namespace="private")
    answers = {
        narrow.refusal(tool, namespace=namespace, **arguments).replace(namespace, "…")
        for namespace in ("private", "nowhere")
    }
    assert len(answers) == 1
    assert "work" in answers.pop()


def test_the_same_key_elsewhere_is_neither_seen_nor_touched(owner: App, narrow: App) -> None:
    owner.call("memory_store", text="hidden", key="k", namespace="private")
    narrow.call("memory_store", text="mine", key="k")
    narrow.call("memory_update", key="k", text="mine, changed")
    narrow.call("memory_delete", key="k")
    (left,) = owner.call("memory_list")["memories"]
    assert (left["text"], left["namespace"]) == ("hidden", "private")


def test_what_may_be_read_but_not_written_is_not_changed(owner: App) -> None:
    saved = owner.call("memory_store", text="read only", key="k", namespace="work")
    reader = replace(owner, name="Reader", read=("work",), write=("personal",))
    for named in ({"id": saved["id"]}, {"key": "k"}):
        assert "work" in reader.refusal("memory_update", text="x", **named)
        assert "work" in reader.refusal("memory_delete", **named)
    reader.refusal("memory_store", text="x", key="k", namespace="work")
    assert reader.call("memory_recall", key="k")["memories"][0]["text"] == "read only"


def test_what_may_be_written_but_not_read_tells_nothing(owner: App) -> None:
    owner.call("memory_store", text="there before", key="k", namespace="inbox")
    writer = replace(owner, name="Writer", read=("work",), write=("inbox",))
    known = writer.call("memory_store", text="x", key="k", namespace="inbox")
    fresh = writer.call("memory_store", text="x", key="new", namespace="inbox")
    assert (known["id"], known["created"]) == (fresh["id"], fresh["created"]) == (None, None)
    assert writer.call("memory_list")["memories"] == []
    writer.refusal("memory_recall", key="k", namespace="inbox")


def test_a_scope_that_is_not_held_takes_its_details_with_it(owner: App) -> None:
    """What a call may do is what scope and details both allow."""
    owner.call("memory_store", text="x", key="k", namespace="work")
    writer = replace(owner, scopes=(Scope.MEMORY_WRITE,))
    for tool, arguments in (("memory_list", {}), ("memory_recall", {"key": "k"}), ("memory_delete", {"key": "k"})):
        writer.refusal(tool, **arguments)
    assert writer.call("memory_store", text="y", key="k", namespace="work")["created"] is None


def test_a_key_held_in_several_namespaces_asks_for_one(owner: App) -> None:
    for namespace in ("home", "work"):
        owner.call("memory_store", text=namespace, key="k", namespace=namespace)
    assert {memory["text"] for memory in owner.call("memory_recall", key="k")["memories"]} == {"home", "work"}
    assert "home, work" in owner.refusal("memory_delete", key="k")
    owner.call("memory_delete", key="k", namespace="home")
    assert [memory["text"] for memory in owner.call("memory_recall", key="k")["memories"]] == ["work"]
