"""What a tool may do, in a word, by what it says of itself (MCP, ToolAnnotations): a hint to show, never one to trust.

Whether a grant that only reads reaches a tool is decided by `listing.only_reads`.
"""

from enum import StrEnum

from resource_server.gateway.listing import Definition, only_reads


class Risk(StrEnum):
    """From the least to the most; a tool that says nothing may do anything."""

    READS = "only reads"
    CHANGES = "changes things"
    DESTROYS = "may destroy things"
    UNSAID = "does not say what it may do"


OUTSIDE = "reaches outside"


def risk_of(definition: Definition) -> Risk:
    """By the annotations; where a tool that changes things does not say that it destroys nothing, it may."""
    if only_reads(definition):
        return Risk.READS
    said = _annotations(definition)
    if said.get("destructiveHint") is False:
        return Risk.CHANGES
    return Risk.DESTROYS if "destructiveHint" in said or said.get("readOnlyHint") is False else Risk.UNSAID


def risk_in_words(definition: Definition) -> str:
    """The same, and whether the tool says that it deals with more than what its server holds (openWorldHint)."""
    reaches = _annotations(definition).get("openWorldHint") is True
    return f"{risk_of(definition)}, {OUTSIDE}" if reaches else str(risk_of(definition))


def _annotations(definition: Definition) -> Definition:
    annotations = definition.get("annotations")
    return annotations if isinstance(annotations, dict) else {}
