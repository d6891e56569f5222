"""What a server lists: tools, prompts, resources and templates of resources, each by a name of its own."""

from enum import Enum


class Kind(Enum):
    """The method that lists it, the field of the answer, what names an entry, and the capability that tells of it."""

    TOOLS = ("tools/list", "tools", "name", "tools")
    PROMPTS = ("prompts/list", "prompts", "name", "prompts")
    RESOURCES = ("resources/list", "resources", "uri", "resources")
    TEMPLATES = ("resources/templates/list", "resourceTemplates", "uriTemplate", "resources")

    def __init__(self, method: str, field: str, name: str, capability: str) -> None:
        self.method = method
        self.field = field
        self.naming = name
        self.capability = capability
