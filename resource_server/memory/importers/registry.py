"""The formats that can be imported, and which of them a file is in, found out by looking."""

from resource_server.memory.importers import (
    basic_memory,
    chatgpt,
    claude,
    engrama,
    kagura,
    markdown_notes,
    mcp_memory_service,
    mem0,
    memoryos,
    neo4j,
    openmemory,
    reference_server,
)
from resource_server.memory.importers.imported import Format
from resource_server.memory.importers.material import Material, UnreadableError

FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT
    for module in (
        chatgpt,
        claude,
        openmemory,
        mcp_memory_service,
        kagura,
        memoryos,
        engrama,
        neo4j,
        reference_server,
        mem0,
        basic_memory,
        markdown_notes,
    )
}
"""By name, in the order in which they look at a file: the ones with the surest marks first."""


def format_of(material: Material, name: str = "") -> Format:
    """The format named, or the first that recognises the material. Raises UnreadableError."""
    if name:
        if name not in FORMATS:
            raise UnreadableError(f"there is no source {name}; there are {', '.join(FORMATS)}")
        return FORMATS[name]
    for one in FORMATS.values():
        if one.recognises(material):
            return one
    known = "; ".join(one.title for one in FORMATS.values())
    raise UnreadableError(f"{material.path.name} is in no format that can be imported ({known})")
