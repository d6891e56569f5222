"""How a server's tools are shown here: under another name, in other words, or not at all.

One place says it for lists, calls, search and consent. What a server says of a tool stays what is accepted (AS-105),
and a tool's own name what grants name.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class ToolShape:
    """What is said of one tool here; what is empty stays as its server says it."""

    name: str = ""
    title: str = ""
    description: str = ""
    is_hidden: bool = False


PLAIN = ToolShape()


@dataclass(frozen=True)
class Shaping:
    """Of one server, by the tools' own names."""

    shapes: Mapping[str, ToolShape] = field(default_factory=dict)

    @classmethod
    def read(cls, kept: Mapping[str, Mapping[str, Any]]) -> "Shaping":
        """As `kept` in the database."""
        return cls({tool: ToolShape(**shape) for tool, shape in kept.items()})

    def kept(self) -> dict[str, dict[str, Any]]:
        """What `read` takes; what is as its server says it is not kept."""
        return {tool: asdict(shape) for tool, shape in self.shapes.items() if shape != PLAIN}

    def name_of(self, tool: str) -> str | None:
        """What a tool is called here; None where it is not shown.

        A name that somebody gave to another tool belongs to that one, also where a server comes to have one of that
        name itself: no tool stands in the place of another.
        """
        shape = self.shapes.get(tool, PLAIN)
        if shape.is_hidden or (not shape.name and tool in self.given):
            return None
        return shape.name or tool

    def tool_named(self, name: str) -> str | None:
        """The own name of the tool that is called so here; None where none can be."""
        tool = self.given.get(name, name)
        return tool if self.name_of(tool) == name else None

    def shown(self, tool: str, definition: Mapping[str, Any]) -> Mapping[str, Any]:
        """A tool in the words that are used here; its schema and annotations are its server's."""
        shape = self.shapes.get(tool, PLAIN)
        said = {"title": shape.title, "description": shape.description}
        changed = {part: text for part, text in said.items() if text}
        return {**definition, **changed} if changed else definition

    @cached_property
    def given(self) -> Mapping[str, str]:
        """The names that somebody gave, each with the own name of its tool."""
        return {shape.name: tool for tool, shape in self.shapes.items() if shape.name}
