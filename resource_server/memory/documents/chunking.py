"""A text in chunks: along its headings and paragraphs, none longer than a search can tell the meaning of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from resource_server.memory.documents.headings import headings_of, marked_lines
from resource_server.memory.documents.records import TooManyChunksError

LONGEST = 1_200
"""Characters of a chunk: about two hundred words, where a vector still says what they are about."""

MAX_CHUNKS = 4_000
LONGEST_HEADING = 300
"""Each chunk below a heading repeats so much of it; the chunk that begins with it holds all."""

SENTENCE = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s+")
PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Chunk:
    """A part of a text, as it stands there; `headings` lead to it from the outermost."""

    text: str
    headings: tuple[str, ...] = ()


def chunks_of(text: str, *, is_markdown: bool) -> list[Chunk]:
    """All of the text in order: put together again nothing is missing but white space between parts.

    Raises TooManyChunksError, and ValueError where finding the headings takes too long.
    """
    if is_markdown and (headings := marked_lines(text)) > MAX_CHUNKS:
        raise TooManyChunksError(f"it has {headings} headings, and a document falls into {MAX_CHUNKS} parts at most")
    sections = _sections(text) if is_markdown else [((), text)]
    chunks = [chunk for headings_above, section in sections for chunk in _packed(section, headings_above)]
    if len(chunks) > MAX_CHUNKS:
        raise TooManyChunksError(f"it falls into {len(chunks)} parts, and a document has at most {MAX_CHUNKS}")
    return chunks


def _sections(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each heading (CommonMark §4.2, §4.3) begins a section, which carries the headings above it."""
    lines = text.splitlines(keepends=True)
    path: dict[int, str] = {}
    begin = 0
    for line, level, title in headings_of(text):
        yield tuple(path[depth] for depth in sorted(path)), "".join(lines[begin:line])
        path = {depth: earlier for depth, earlier in path.items() if depth < level} | {level: title[:LONGEST_HEADING]}
        begin = line
    yield tuple(path[depth] for depth in sorted(path)), "".join(lines[begin:])


def _packed(section: str, headings: tuple[str, ...]) -> Iterator[Chunk]:
    """As many whole paragraphs as fit, and a paragraph that is too long by its sentences."""
    held = ""
    for part in (part for paragraph in PARAGRAPH.split(section) for part in _fitting(paragraph.strip())):
        if held and len(held) + len(part) + 2 > LONGEST:
            yield Chunk(held, headings)
            held = ""
        held = f"{held}\n\n{part}" if held else part
    if held:
        yield Chunk(held, headings)


def _fitting(paragraph: str) -> Iterator[str]:
    held = ""
    for sentence in SENTENCE.split(paragraph) if len(paragraph) > LONGEST else [paragraph]:
        for piece in (sentence[begin : begin + LONGEST] for begin in range(0, len(sentence), LONGEST)):
            if held and len(held) + len(piece) + 1 > LONGEST:
                yield held
                held = ""
            held = f"{held} {piece}" if held else piece
    if held:
        yield held
