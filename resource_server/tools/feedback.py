"""Feedback: apps say which memories were of use, and the next search knows."""

from typing import Annotated

from pydantic import Field

from resource_server.context.feedback import MyFeedback
from resource_server.context.memories import MyMemories
from resource_server.memory.feedback import Label
from resource_server.tools import memory_arguments as arg
from resource_server.tools.memory_answers import Answer
from resource_server.tools.naming import named_one
from resource_server.tools.requires import requires
from shared.scopes import Scope

Verdict = Annotated[
    Label,
    Field(
        description="useful: it helped; irrelevant: it was found and had nothing to do with the question; outdated: it "
        "is true no more, which also lowers its importance."
    ),
]


class Noted(Answer):
    """What is noted now."""

    id: str
    namespace: str
    label: Label = Field(description="This app's last word.")
    useful: float = Field(description="All apps together, one voice each, -3 to 3: what ranking reads.")
    importance: float


@requires(Scope.MEMORY_READ, Scope.MEMORY_WRITE, title="Judge a memory", idempotent=True)
def memory_feedback(
    memories: MyMemories,
    feedback: MyFeedback,
    label: Verdict,
    id: arg.MemoryId = None,
    key: arg.Key = None,
    namespace: arg.Namespace = None,
) -> Noted:
    """Say whether a memory was of use, so that later searches rank it higher or lower; nothing is deleted.

    Each app has one voice a memory, its last word. Where you know what is true instead, store that.
    """
    judged = feedback.give(named_one(memories, id, key, namespace), label)
    memory = judged.memory
    return Noted(
        id=memory.id, namespace=memory.namespace, label=label, useful=judged.useful, importance=memory.importance
    )


TOOLS = (memory_feedback,)
