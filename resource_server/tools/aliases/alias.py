"""Another name of a tool, and what its arguments are called there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mcp_types

Arguments = dict[str, Any]
Translation = Callable[[Arguments], Arguments]


@dataclass(frozen=True)
class Alias:
    """Calls of this name are calls of `tool`, with the arguments that `translate` makes of those given.

    `takes` names arguments of the earlier system with the name each has here, for the list of tools; one that has no
    single counterpart maps to a sentence instead.
    """

    tool: str
    translate: Translation
    takes: Mapping[str, str] = field(default_factory=dict)
    keeps_others: bool = True

    def listed(self, name: str, definition: mcp_types.Tool) -> mcp_types.Tool:
        """The tool as a list shows it under this name."""
        own: dict[str, Any] = definition.input_schema["properties"]
        counterparts = set(self.takes.values())
        kept = {key: value for key, value in own.items() if key not in counterparts} if self.keeps_others else {}
        told = {
            earlier: own.get(here, {"type": "string", "description": here})
            for earlier, here in self.takes.items()
            if here
        }
        schema = {"type": "object", "properties": told | kept, "additionalProperties": False}
        asked: list[str] = definition.input_schema.get("required", [])
        required = {key for key in asked if key in kept} | {name for name, here in self.takes.items() if here in asked}
        return definition.model_copy(
            update={"name": name, "input_schema": schema | ({"required": sorted(required)} if required else {})}
        )


def same(tool: str, **renamed: str) -> Alias:
    """The tool itself: arguments keep their names, but for those renamed; an empty new name leaves one out.

    What is left out says what the connection says already, or chooses between things that are one here.
    """
    return Alias(tool, lambda given: _renamed(given, renamed), renamed)


def _renamed(given: Arguments, renamed: Mapping[str, str]) -> Arguments:
    names = {name: renamed.get(name, name) for name in given}
    return {names[name]: value for name, value in given.items() if names[name]}
