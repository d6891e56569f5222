"""YAML between `---` at the top of a Markdown file: plain values alone, without references that multiply."""

from typing import Any

import yaml

FENCE = "---\n"
LARGEST = 256 * 1024


class PlainLoader(yaml.SafeLoader):
    """Values, lists and mappings; an alias, by which a few bytes can stand for millions, is an error."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """As the safe loader, without aliases."""
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        return super().compose_node(parent, index)


# An instant stays the text that was written: what it means is for the importer to say.
PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class BrokenFrontMatterError(ValueError):
    """It begins and is no YAML, or does not end."""


def parted(text: str) -> tuple[dict[str, Any], str]:
    """The values and the text below them; a file without front matter has none. Raises BrokenFrontMatterError."""
    if not text.startswith(FENCE):
        return {}, text
    end = text.find(f"\n{FENCE}", len(FENCE) - 1, LARGEST)
    if end < 0:
        raise BrokenFrontMatterError
    try:
        values = yaml.load(text[len(FENCE) : end + 1], PlainLoader)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, RecursionError, ValueError) as cause:
        raise BrokenFrontMatterError from cause
    if not isinstance(values, dict | None):
        raise BrokenFrontMatterError
    return values or {}, text[end + 1 + len(FENCE) :]
