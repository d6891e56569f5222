"""basic-memory: a folder of Markdown notes with front matter, observations and relations.

A note is one memory, its text as it stands, so that nothing of it is lost. An observation, `- [category] words #tag
(context)`, is a memory too, about the note; a relation, `- relation_type [[Target]]`, is an edge.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from resource_server.memory.importers.front_matter import BrokenFrontMatterError, parted
from resource_server.memory.importers.imported import Edge, Format, Found, Imported
from resource_server.memory.importers.instants import instant_of
from resource_server.memory.importers.json_records import BROKEN
from resource_server.memory.importers.material import LeftOut, Material, Part
from resource_server.memory.importers.turns import word

LARGEST_NOTE = 4 * 2**20
OBSERVATION = re.compile(r"^[ \t]*[-*][ \t]+\[(?! ?\]|x\]|X\]|-\]|\[)([^\[\]()\n]{1,64})\][ \t]+(\S.*)$", re.MULTILINE)
RELATION = re.compile(
    r"""^[ \t]*[-*][ \t]+(?:"([^"\n]{1,64})"|'([^'\n]{1,64})'|(\S{1,64}))[ \t]+"""
    r"""\[\[([^\[\]\n]{1,200})\]\][ \t]*(?:\([^()\n]{0,500}\))?[ \t]*$""",
    re.MULTILINE,
)
LINK = re.compile(r"\[\[([^\[\]\n|]{1,200})(?:\|[^\[\]\n]*)?\]\]")
HASHTAG = re.compile(r"(?<!\S)#([\w/-]{1,64})")


def recognises(material: Material) -> bool:
    """By notes with front matter that has a permalink or a title."""
    for part in material.named("*.md")[:50]:
        note = opened_note(part)
        if not isinstance(note, LeftOut) and {"permalink", "title"} & note[0].keys():
            return True
    return False


def read(material: Material) -> Iterator[Found]:
    """Each note, then its observations."""
    for part in material.named("*.md"):
        note = opened_note(part)
        if isinstance(note, LeftOut):
            yield note
        else:
            yield from _memories(part, *note)


def opened_note(part: Part) -> tuple[dict[str, Any], str] | LeftOut:
    """Front matter and text, or why the note cannot be read."""
    try:
        with part.open() as stream:
            raw = stream.read(LARGEST_NOTE + 1)
    except BROKEN:
        return LeftOut(part.name, "it cannot be read")
    if len(raw) > LARGEST_NOTE:
        return LeftOut(part.name, f"it is larger than {LARGEST_NOTE // 2**20} MiB")
    try:
        return parted(raw.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        return LeftOut(part.name, "it is no UTF-8 text")
    except BrokenFrontMatterError:
        return LeftOut(part.name, "its front matter is broken")


def _memories(part: Part, front: dict[str, Any], text: str) -> Iterator[Found]:
    title = word(front.get("title")) or PurePosixPath(part.name).stem
    at = instant_of(front.get("created")) or instant_of(front.get("date"))
    own = {name: value for name, value in front.items() if name not in ("title", "tags", "permalink")}
    about = {"title": title, "permalink": front.get("permalink")}
    if not text.strip():
        yield LeftOut(part.name, "the note is empty")
        return
    yield Imported(
        text,
        part.name,
        at,
        instant_of(front.get("modified")) or instant_of(front.get("updated")),
        tags=tags_of(front.get("tags")),
        metadata={**own, **about, "file": part.name},
        kind="document",
        name=title,
        edges=edges_of(text),
    )
    for category, observed in OBSERVATION.findall(text):
        tags = (category, *HASHTAG.findall(observed))
        edges = (Edge("about", title),)
        said = f"{title}: {observed.strip()}"
        yield Imported(
            said, part.name, at, tags=tags, metadata={**about, "category": category}, kind="fact", edges=edges
        )


def tags_of(value: Any) -> tuple[str, ...]:
    """Labels of a list, or of words with commas between."""
    listed = value.split(",") if isinstance(value, str) else value
    return tuple(str(one).strip().lstrip("#") for one in listed) if isinstance(listed, list) else ()


def edges_of(text: str) -> tuple[Edge, ...]:
    """Relations by their name; a link in running text says no more than that it links."""
    named = [(a or b or c, target) for a, b, c, target in RELATION.findall(text)]
    targets = {target for _, target in named}
    plain = [("links_to", target) for target in LINK.findall(text) if target not in targets]
    return tuple(Edge(relation, target.strip()) for relation, target in dict.fromkeys([*named, *plain]))


FORMAT = Format("basic-memory", "a basic-memory folder of Markdown notes", recognises, read)
