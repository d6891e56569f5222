"""Documents, exchanges and what happened when in a shared namespace (C22); the profile stays each person's own."""

from typing import Any

import pytest

from resource_server.memory.sharing.managing import Sharing
from resource_server.memory.sharing.membership import Role
from tests.resource_server.sharing.conftest import SECRET
from tests.resource_server.tool_callers import App

PLAN = "# Plan\n\nNobody is hurt.\n\n## Way in\n\nThrough the laundry.\n\n## Way out\n\nOver the roof."


@pytest.fixture
def shared(sharing: Sharing, heist: str, bob: App) -> str:
    """`heist`, which Bob writes to as well."""
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    return heist


def test_a_document_is_every_member_s(sharing: Sharing, shared: str, ada: App, bob: App) -> None:
    own = bob.call("document_add", title="Own", content="# Mine alone")
    kept = bob.call("document_add", title="Plan", content=PLAN, origin="plan.md", namespace="heist")
    [part, *_] = ada.call("memory_search", query="through the laundry")["results"]
    assert (part["saved_by"]["person"], part["shared"]) == ("Bob", True)
    around = ada.call("document_read", memory_id=part["id"], around=1)
    assert (around["document"]["id"], around["document"]["namespace"]) == (kept["id"], "heist")
    assert [one["headings"][-1] for one in around["parts"]] == ["Plan", "Way in", "Way out"]
    first = bob.call("document_list", limit=1)
    second = bob.call("document_list", limit=1, cursor=first["next_cursor"])
    assert [one["id"] for one in first["documents"] + second["documents"]] == [kept["id"], own["id"]]
    assert second["next_cursor"] is None
    assert [one["id"] for one in ada.call("document_list")["documents"]] == [kept["id"]]
    sharing.set_role(shared, bob.user_id, Role.READER)
    for tool, given in (
        ("document_add", {"title": "Plan", "content": "# Other", "namespace": "heist"}),
        ("document_delete", {"document_id": kept["id"]}),
    ):
        assert "read it, not write" in bob.refusal(tool, **given)
    again = ada.call("document_add", title="Plan", content=PLAN + " Then home.", origin="plan.md", namespace="heist")
    assert [one["id"] for one in bob.call("document_list", namespace="heist")["documents"]] == [again["id"]]
    ada.call("document_delete", document_id=again["id"])
    assert "no document" in bob.refusal("document_read", document_id=again["id"])
    assert len(bob.call("memory_trash", limit=50)["memories"]) == 6


def test_who_is_removed_reads_no_document(sharing: Sharing, shared: str, bob: App) -> None:
    kept = bob.call("document_add", title="Plan", content=PLAN, namespace="heist")
    [part, *_] = bob.call("memory_search", query="laundry")["results"]
    sharing.remove(shared, bob.user_id)
    assert bob.call("document_list")["documents"] == []
    assert "no document" in bob.refusal("document_read", document_id=kept["id"])
    assert "no part" in bob.refusal("document_read", memory_id=part["id"])
    assert "no document" in bob.refusal("document_delete", document_id=kept["id"])


def said(app: App, *exchanges: str, **more: Any) -> list[dict[str, Any]]:
    return [
        app.call("add_memory", user_input=one, agent_response="Noted.", conversation="c", **more) for one in exchanges
    ]


@pytest.mark.usefixtures("shared")
def test_an_exchange_is_shared_and_makes_nobody_s_profile(ada: App, bob: App) -> None:
    first, second = said(bob, "I live in the laundry.", "My favourite door is the laundry door.", namespace="heist")
    assert (second["topic"], second["namespace"]) == (None, "heist")
    found = {one["id"]: one for one in ada.call("retrieve_memory", query="laundry door")["results"]}
    assert found[second["id"]]["said_before"] == first["id"]
    for app in (ada, bob):
        answer = app.call("retrieve_memory", query="laundry door")
        assert (answer["topics"], answer["facts"]) == ([], [])
        profile = app.call("get_user_profile")
        assert (profile["profile"], profile["said_lately"]) == ({}, [])
        assert "one person's" in app.refusal("get_user_profile", namespace="heist")
    ada.call("memory_store", text="Residence: the roof", key="profile.residence", kind="trait", namespace="heist")
    assert "roof" not in str(bob.call("get_user_profile"))
    assert bob.call("retrieve_memory", query="residence roof")["facts"] == []


@pytest.mark.usefixtures("shared")
def test_what_happened_when_is_one_list_over_all_vaults(ada: App, bob: App) -> None:
    """What happened at the same instant keeps its order from page to page."""
    for number, day in enumerate((1, 2, 2, 3)):
        for app, where in ((ada, "heist"), (bob, "personal")):
            said(app, f"Number {number} in {where}", namespace=where, timestamp=f"2025-06-0{day} 12:00:00")
    asked = {"time_range": "2025-06-01:2025-06-30", "limit": 1}
    listed, cursor = [], None
    while True:
        page = bob.call("memory_timeline", **asked, cursor=cursor)
        listed += [one["text"].splitlines()[0].split("Number ")[1] for one in page["memories"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert listed == [
        "3 in personal", "3 in heist", "2 in personal", "1 in personal", "2 in heist", "1 in heist",
        "0 in personal", "0 in heist",
    ]  # fmt: skip
    texts = [one["text"] for one in ada.call("memory_timeline", time_range="last_24h")["memories"]]
    assert texts == [SECRET]
