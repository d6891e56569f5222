"""Which memory a call means: by its id or by its key."""

from resource_server.context.caller import ToolError
from resource_server.context.memories import MyMemories
from resource_server.memory.records import Memory


def named_one(memories: MyMemories, memory_id: str | None, key: str | None, namespace: str | None) -> Memory:
    """The one memory named. Raises ToolError."""
    if (memory_id is None) == (key is None):
        raise ToolError("Name one memory: give either id or key.")
    return memories.by_id(memory_id) if memory_id is not None else memories.one_by_key(key or "", namespace)
