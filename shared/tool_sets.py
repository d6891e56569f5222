"""Sets of tools that a person gives an app as a whole: a model reads every tool's description, so fewer is better."""

from enum import StrEnum


class ToolSet(StrEnum):
    """One member per set; every app that reaches memories has the first."""

    MEMORY = "memory"
    CONVERSATIONS = "conversations"
    GRAPH = "graph"
    HISTORY = "history"
    DOCUMENTS = "documents"


ToolSets = frozenset[ToolSet]

SENTENCES: dict[ToolSet, str] = {
    ToolSet.MEMORY: "Save, find, change and delete single memories",
    ToolSet.CONVERSATIONS: "Remember conversations, and the profile of you that grows from them",
    ToolSet.GRAPH: "Link memories, people and things, and follow the links",
    ToolSet.HISTORY: "See what changed and what apps did, and undo it",
    ToolSet.DOCUMENTS: "Keep whole documents, and read them in parts",
}

STANDARD: ToolSets = frozenset({ToolSet.MEMORY, ToolSet.CONVERSATIONS, ToolSet.GRAPH})
"""What a grant has whose details name no tools, and what is ticked for a new app."""

EVERY: ToolSets = frozenset(ToolSet)


def in_order(sets: ToolSets) -> tuple[ToolSet, ...]:
    """In the order of the enum."""
    return tuple(one for one in ToolSet if one in sets)
