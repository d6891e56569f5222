"""A text in chunks: along its headings and paragraphs, none longer than a search can tell the meaning of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt

LONGEST = 1_200
"""Characters of a chunk: about two hundred words, where a vector still says what they are about."""

SENTENCE = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s+")
PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Chunk:
    """A part of a text, as it stands there; `headings` lead to it from the outermost."""

    text: str
    headings: tuple[str, ...] = ()


def chunks_of(text: str, *, is_markdown: bool) -> list[Chunk]:
    """All of the text in order: put together again nothing is missing but white space between parts."""
    sections = _sections(text) if is_markdown else [((), text)]
    return [chunk for headings, section in sections for chunk in _packed(section, headings)]


def _sections(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each heading (CommonMark §4.2, §4.3) begins a section, which carries the headings above it."""
    lines = text.splitlines(keepends=True)
    path: dict[int, str] = {}
    begin = 0
    for line, level, title in _headings(text):
        yield tuple(path[depth] for depth in sorted(path)), "".join(lines[begin:line])
        path = {depth: earlier for depth, earlier in path.items() if depth < level} | {level: title}
        begin = line
    yield tuple(path[depth] for depth in sorted(path)), "".join(lines[begin:])


def _headings(text: str) -> Iterator[tuple[int, int, str]]:
    """Line, level and words of each; a heading inside a list or a quotation begins nothing.

    Emphasis and links are not looked for: brackets without an end would be tried again and again.
    """
    tokens = MarkdownIt("commonmark").disable("inline").parse(text)
    for opening, words in pairwise(tokens):
        if opening.type == "heading_open" and opening.level == 0 and opening.map is not None:
            yield opening.map[0], int(opening.tag[1:]), words.content.strip()


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
