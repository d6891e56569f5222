"""Kagura AI's remote memory tools, with and without their prefix."""

from typing import Any

from resource_server.tools.aliases.alias import Alias, Arguments, same

PREFIX = "kagura_tool_"
ONE_HERE = {"agent_name": "", "scope": ""}
"""Its agents share a person's memory here, and its two lifespans are found by the same call."""


def _interaction(given: Arguments) -> Arguments:
    """Who answered is kept beside the page."""
    named = {"query": "user_input", "response": "agent_response", "metadata": "meta_data"}
    said: Arguments = {named.get(name, name): value for name, value in given.items() if name != "ai_platform"}
    about = said.get("meta_data")
    if "ai_platform" in given and isinstance(about, dict | None):
        said["meta_data"] = {**(about or {}), "ai_platform": given["ai_platform"]}
    return said


def _around(given: Arguments) -> Arguments:
    """Parts before and after one are a range here."""
    try:
        index, around = int(given.get("chunk_index", 0)), int(given.get("context_size", 1))
    except (TypeError, ValueError):
        return given
    return {"document_id": given.get("parent_id"), "first": max(0, index - around), "limit": _within(index, around)}


def _within(index: int, around: int) -> int:
    return min(index, around) + around + 1


def _part(given: Arguments) -> Arguments:
    """Every part is described by the answer; one index asks for that one."""
    index: Any = given.get("chunk_index")
    return {"document_id": given.get("parent_id"), **({"first": index, "limit": 1} if index is not None else {})}


PART = {"parent_id": "document_id", "chunk_index": "first"}
AROUND = {"context_size": "How many parts before and after it."}
INTERACTION = {
    "query": "user_input",
    "response": "agent_response",
    "ai_platform": "Who answered.",
    "metadata": "meta_data",
}

NAMES: dict[str, Alias] = {
    "memory_fetch": same("memory_recall", **ONE_HERE),
    "memory_fuzzy_recall": same(
        "memory_recall", key_pattern="query", similarity="", similarity_threshold="", **ONE_HERE
    ),
    "memory_get_chunk_context": Alias("document_read", _around, PART | AROUND, keeps_others=False),
    "memory_get_chunk_metadata": Alias("document_read", _part, PART, keeps_others=False),
    "memory_get_full_document": same("document_read", parent_id="document_id"),
    "memory_get_related": same("memory_related", node_id="memory", depth="hops", rel_type="", **ONE_HERE),
    "memory_get_tool_history": same("memory_ledger", session_id="", tool_name="", **ONE_HERE),
    "memory_get_user_pattern": same("graph_topics", **ONE_HERE),
    "memory_record_interaction": Alias("add_memory", _interaction, INTERACTION, keeps_others=False),
    "memory_search_ids": same("search", k="", limit="", **ONE_HERE),
}
"""Names without a tool of the same name here."""

OWN: dict[str, Alias] = {
    "memory_delete": same("memory_delete", **ONE_HERE),
    "memory_feedback": same("memory_feedback", **ONE_HERE),
    "memory_list": same("memory_list", **ONE_HERE),
    "memory_recall": same("memory_recall", **ONE_HERE),
    "memory_search": same("memory_search", mode="", **ONE_HERE),
    "memory_stats": same("memory_stats", **ONE_HERE),
    "memory_store": same("memory_store"),
    "graph_link": same("graph_link"),
    "graph_query": same("graph_query"),
}
"""Names that tools here have too: only with the prefix are their other arguments understood."""

ALIASES = {
    **NAMES,
    **{PREFIX + name: alias for name, alias in (NAMES | OWN).items()},
}
