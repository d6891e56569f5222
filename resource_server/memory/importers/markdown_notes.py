"""A folder of linked Markdown notes, as Obsidian, Logseq and plain editors keep them.

Each note is one memory, named by its file; `[[wiki links]]` and links to other notes of the folder are edges.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from resource_server.memory.importers.basic_memory import HASHTAG, edges_of, opened_note, tags_of
from resource_server.memory.importers.imported import Edge, Format, Found, Imported
from resource_server.memory.importers.instants import instant_of
from resource_server.memory.importers.material import LeftOut, Material

NOTES = "*.md"
TO_A_NOTE = re.compile(r"\]\((?![a-z+.-]{1,20}:)([^()\s#]{1,300})\.md(?:#[^()\s]{0,200})?\)", re.IGNORECASE)


def recognises(material: Material) -> bool:
    """By notes; what says more of itself was recognised before."""
    return bool(material.named(NOTES))


def read(material: Material) -> Iterator[Found]:
    """Each note."""
    for part in material.named(NOTES):
        note = opened_note(part)
        if isinstance(note, LeftOut):
            yield note
            continue
        front, text = note
        if not text.strip():
            yield LeftOut(part.name, "the note is empty")
            continue
        at = instant_of(front.get("created")) or instant_of(front.get("date"))
        tags = (*tags_of(front.get("tags")), *HASHTAG.findall(text))
        own = {name: value for name, value in front.items() if name != "tags"} | {"file": part.name}
        name = PurePosixPath(part.name).stem
        yield Imported(
            text,
            part.name,
            at,
            tags=tuple(dict.fromkeys(tags)),
            metadata=own,
            kind="document",
            name=name,
            edges=_edges(text),
        )


def _edges(text: str) -> tuple[Edge, ...]:
    """By the name of the note that a link leads to, wherever in the folder it lies."""
    wiki = [Edge(edge.relation, PurePosixPath(edge.target.partition("#")[0]).name) for edge in edges_of(text)]
    plain = [Edge("links_to", PurePosixPath(unquote(target)).name) for target in TO_A_NOTE.findall(text)]
    return tuple(edge for edge in dict.fromkeys([*wiki, *plain]) if edge.target)


FORMAT = Format("notes", "a folder of linked Markdown notes", recognises, read)
