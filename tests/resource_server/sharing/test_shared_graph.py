"""The graph of a shared namespace (C22): it lies in the group's vault, and no link leads out of it."""

from typing import Any

import pytest

from resource_server.memory.sharing.managing import Sharing
from resource_server.memory.sharing.membership import Role
from tests.resource_server.tool_callers import App

BEGINNING = "2020-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def shared(sharing: Sharing, heist: str, bob: App) -> str:
    """`heist`, which Bob writes to as well."""
    sharing.add(heist, bob.user_id, Role.WRITER, "Bob")
    return heist


def linked(app: App, source: str, relation: str, target: str, **more: Any) -> dict[str, Any]:
    edge: dict[str, Any] = app.call("graph_link", source=source, relation=relation, target=target, **more)["edge"]
    return edge


def around(app: App, node: str, **more: Any) -> set[tuple[str, str, str]]:
    """Who is how linked to whom, in their names."""
    walk = app.call("graph_query", node=node, **more)
    names = {one["id"]: one["name"] for one in walk["nodes"]}
    return {(names[edge["source"]], edge["relation"], names[edge["target"]]) for edge in walk["edges"]}


def test_a_link_of_one_member_is_every_member_s(ada: App, bob: App) -> None:
    edge = linked(bob, "opening", "guarded by", "Danny", namespace="heist")
    assert (edge["namespace"], edge["saved_by"]["person"]) == ("heist", "Bob")
    [seen] = [one for one in ada.call("graph_query", node="Danny")["edges"] if one["id"] == edge["id"]]
    assert seen["saved_by"]["person"] == "Bob"
    kept = ada.call("memory_store", text="The laundry has a back door.", namespace="heist")
    [opening] = ada.call("memory_recall", key="opening")["memories"]
    linked(ada, kept["id"], "leads to", opening["id"])
    related = {one["id"]: one["score"] for one in bob.call("memory_related", memory=kept["id"])["related"]}
    assert related[opening["id"]] == 0.9
    path = bob.call("graph_query", node=kept["id"], to="Danny")["paths"]
    assert [len(one) for one in path] == [3]


def test_a_query_is_answered_from_all_vaults(ada: App, bob: App) -> None:
    linked(ada, "Danny", "knows", "Rusty", namespace="heist")
    linked(bob, "Danny", "owes", "Reuben")
    assert around(bob, "Danny") == {("Danny", "knows", "Rusty"), ("Danny", "owes", "Reuben")}
    assert around(bob, "Danny", namespace="heist") == around(ada, "Danny") == {("Danny", "knows", "Rusty")}
    assert bob.call("graph_query", node="Reuben", to="Rusty")["paths"] == []
    bob.call("memory_store", text="I met Danny Ocean in Vegas.")
    ada.call("memory_store", text="Danny Ocean has the keys.", namespace="heist")
    [topic] = [one for one in bob.call("graph_topics")["topics"] if one["name"] == "Danny Ocean"]
    assert topic["memories"] == 2
    [own] = bob.call("memory_list", namespace="personal")["memories"]
    [kin, *_] = bob.call("memory_related", memory=own["id"])["related"]
    assert kin["text"].endswith("Danny Ocean has the keys.")
    assert kin["saved_by"]["person"] == "Ada"


def test_no_link_leads_out_of_what_is_shared(ada: App, bob: App) -> None:
    [opening] = bob.call("memory_recall", key="opening")["memories"]
    own = bob.call("memory_store", text="mine", key="mine")
    for source, target, where in ((opening["id"], "mine", None), ("mine", opening["id"], "heist")):
        refusal = bob.refusal("graph_link", source=source, relation="about", target=target, namespace=where)
        assert "cannot lead" in refusal
        assert "other people may read it" in refusal
    assert around(ada, opening["id"]) == set()
    assert around(bob, own["id"]) == set()


def test_a_reader_follows_links_and_draws_none(sharing: Sharing, shared: str, ada: App, bob: App) -> None:
    linked(ada, "Danny", "knows", "Rusty", namespace="heist")
    sharing.set_role(shared, bob.user_id, Role.READER)
    assert around(bob, "Rusty") == {("Danny", "knows", "Rusty")}
    assert "read it, not write" in bob.refusal(
        "graph_link", source="Danny", relation="betrays", target="Rusty", namespace="heist"
    )
    sharing.remove(shared, bob.user_id)
    assert "no entity" in bob.refusal("graph_query", node="Rusty")


def test_rolling_back_undoes_this_person_s_links_alone(ada: App, bob: App) -> None:
    twin = App(ada.registry, ada.user_id, name="Bob's app", read=ada.read, write=ada.write)
    linked(twin, "Danny", "knows", "Rusty", namespace="heist")
    linked(bob, "Danny", "owes", "Reuben", namespace="heist")
    undo: dict[str, Any] = {"since": BEGINNING, "dry_run": False}
    asked = bob.call("memory_rollback", app="Bob's app", **undo)
    bob.call("memory_rollback", app="Bob's app", **undo, confirmation=asked["confirmation"])
    assert around(ada, "Danny") == {("Danny", "knows", "Rusty")}


def test_the_ledger_of_the_author_tells_where_a_link_was_drawn(bob: App) -> None:
    linked(bob, "Danny", "knows", "Rusty", namespace="heist")
    write = bob.call("memory_ledger")["entries"][0]
    assert (write["tool"], write["action"], write["namespaces"]) == ("graph_link", "write", ["heist"])
