"""The Markdown layout: a folder a namespace, a file a memory with its fields as front matter, all else in one file."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import yaml

from resource_server.memory.exporting.lines import Line
from resource_server.memory.importers.front_matter import FENCE, BrokenFrontMatterError, parted

LONGEST_SLUG = 40
REST = "ostiary.jsonl"


def filename_of(line: Line) -> str:
    """`personal/2026-05-01-where-is-lisbon-01arz3….md`: sorted by date, read by eye, never twice the same."""
    day = datetime.fromisoformat(line["happened_at"]).date().isoformat()
    words = re.findall(r"\w+", line["text"])[:8]
    slug = "-".join(words).casefold()[:LONGEST_SLUG].strip("-")
    return f"{line['namespace']}/{'-'.join(part for part in (day, slug, line['id'].removeprefix('mem_')) if part)}.md"


def file_of(line: Line) -> str:
    """Front matter, and the text as it stands."""
    fields = {name: value for name, value in line.items() if name not in ("line", "text")}
    return f"{FENCE}{_yaml(fields)}{FENCE}{line['text']}\n"


def line_of(text: str) -> Line:
    """The memory that a file says. Raises BrokenFrontMatterError."""
    fields, body = parted(text)
    if "id" not in fields:
        raise BrokenFrontMatterError
    return {"line": "memory", **fields, "text": body.removesuffix("\n")}


def _yaml(fields: dict[str, Any]) -> str:
    return "".join(_entries(fields))


def _entries(fields: dict[str, Any]) -> Iterator[str]:
    for name, value in fields.items():
        yield yaml.dump({name: value}, Dumper=PlainDumper, allow_unicode=True, sort_keys=False, width=float("inf"))


class PlainDumper(yaml.SafeDumper):
    """Values without references between them: the same list twice is written twice."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Always."""
        return True
