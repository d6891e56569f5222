"""Names that tools had in earlier systems: calls by them work, and a setting lists them."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from resource_server.earlier_systems import EarlierSystem
from resource_server.tools.aliases import engrama, kagura
from resource_server.tools.aliases.names import ALIASES
from resource_server.tools.topics import TOOLS
from tests.resource_server.conftest import opened_registry
from tests.resource_server.tool_callers import App


def test_the_call_of_kaguras_guide_stores_and_is_recalled(claude: App) -> None:
    """The guide's own body: everything in it is understood, and its user is the caller."""
    stored = {
        "user_id": claude.user_id,
        "agent_name": "global",
        "key": "python_best_practices",
        "value": "Always use type hints in Python functions",
        "scope": "persistent",
        "tags": '["python", "coding"]',
        "importance": 0.9,
    }
    claude.call("kagura_tool_memory_store", **stored)
    asked = {"user_id": claude.user_id, "agent_name": "global", "scope": "persistent"}
    (memory,) = claude.call("kagura_tool_memory_recall", key="python_best_practices", **asked)["memories"]
    assert (memory["text"], memory["tags"]) == (stored["value"], ["python", "coding"])
    (found,) = claude.call("kagura_tool_memory_search", query="type hints", k="3", mode="full", **asked)["results"]
    assert found["id"] == memory["id"]
    assert claude.call("kagura_tool_memory_list", limit="10", **asked)["memories"][0]["id"] == memory["id"]
    claude.call("kagura_tool_memory_delete", key="python_best_practices", **asked)
    assert claude.call("memory_list")["memories"] == []


def test_another_persons_name_is_refused_by_earlier_names_too(claude: App) -> None:
    """K30."""
    assert "somebody else" in claude.refusal("kagura_tool_memory_store", user_id="default_user", value="x")


CALLS: dict[str, dict[str, Any]] = {
    "memory_fetch": {"key": "bees", "agent_name": "global"},
    "memory_fuzzy_recall": {"key_pattern": "bees", "similarity": "0.6"},
    "memory_get_chunk_context": {"parent_id": "DOCUMENT", "chunk_index": "0", "context_size": "1"},
    "memory_get_chunk_metadata": {"parent_id": "DOCUMENT", "chunk_index": "0"},
    "memory_get_full_document": {"parent_id": "DOCUMENT"},
    "memory_get_related": {"node_id": "bees", "depth": "2"},
    "memory_get_tool_history": {"limit": "10"},
    "memory_get_user_pattern": {"user_id": "CALLER"},
    "memory_record_interaction": {
        "query": "hi",
        "response": "hello",
        "ai_platform": "claude",
        "metadata": {"topic": "t"},
    },
    "memory_search_ids": {"query": "bees", "k": 10},
    "engrama_context": {"params": {"name": "bees", "label": "Concept", "hops": 1}},
    "engrama_ingest": {"params": {"content": "Bees swarm.", "title": "Swarms"}},
    "engrama_relate": {"params": {"from_name": "Ada", "from_label": "person", "rel_type": "KNOWS", "to_name": "Grace"}},
    "engrama_remember": {"params": {"label": "Project", "properties": {"name": "hive", "status": "active"}}},
    "engrama_search": {"params": {"query": "bees", "limit": 10}},
    "engrama_status": {},
}


@pytest.mark.parametrize("name", [*kagura.NAMES, *engrama.ALIASES])
def test_every_earlier_name_is_answered(claude: App, name: str) -> None:
    """With the arguments its own system gave it."""
    claude.call("memory_store", text="Grace keeps bees.", key="bees")
    document = claude.call("document_add", title="Guide", content="Bees live in hives.")["id"]
    given = json.dumps(CALLS[name]).replace("DOCUMENT", document).replace("CALLER", claude.user_id)
    claude.call(name, **json.loads(given))


def test_an_interaction_keeps_who_answered(claude: App) -> None:
    claude.call("kagura_tool_memory_record_interaction", **CALLS["memory_record_interaction"])
    (page,) = claude.call("memory_list")["memories"]
    assert page["metadata"]["ai_platform"] == "claude"
    assert page["metadata"]["topic"] == "t"


def test_a_node_becomes_a_memory_under_its_name(claude: App) -> None:
    claude.call("engrama_remember", **CALLS["engrama_remember"])
    (memory,) = claude.call("memory_recall", key="hive")["memories"]
    assert memory["tags"] == ["Project"]
    assert "status: active" in memory["text"]


@pytest.mark.parametrize("given", [{}, {"params": 7}, {"params": {"properties": []}}, {"properties": "x"}])
def test_malformed_arguments_are_refused_in_words(claude: App, given: dict[str, Any]) -> None:
    claude.refusal("engrama_remember", **given)
    claude.refusal("kagura_tool_memory_get_chunk_context", chunk_index=given)


def test_earlier_names_are_not_listed_unless_a_setting_says_so(claude: App) -> None:
    assert not claude.tools() & set(ALIASES)


@pytest.mark.parametrize("system", EarlierSystem)
def test_a_setting_lists_the_names_of_a_system(tmp_path: Any, system: EarlierSystem) -> None:
    names = {"kagura": kagura.ALIASES, "engrama": engrama.ALIASES}[system]
    own = {tool.__name__ for tool in TOOLS}
    with opened_registry(tmp_path, (system,)) as registry:
        app = App(registry, "usr_" + "0" * 26)
        listed = {tool.name: tool for tool in registry.visible_tools(app.caller)}
        assert set(listed) - own == {name for name, alias in names.items() if alias.tool in own}
        for name in set(listed) - own:
            Draft202012Validator.check_schema(listed[name].input_schema)
            assert all(argument.get("type") for argument in listed[name].input_schema["properties"].values())


def test_an_earlier_name_opens_nothing_that_its_tool_would_not(claude: App) -> None:
    """AS-118: the scopes of the tool behind it."""
    for name, alias in ALIASES.items():
        assert claude.registry.required_scopes(name) == claude.registry.required_scopes(alias.tool)
