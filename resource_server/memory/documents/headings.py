"""The headings of Markdown (CommonMark §4.2, §4.3), found by markdown-it.

`python -m resource_server.memory.documents.headings` reads Markdown from standard input and writes them as JSON: half a
megabyte of one-letter paragraphs keeps the parser busy for seconds, which long texts spend in a process of their own.
"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt

from resource_server.memory.documents.apart import read_apart, serve

READING = "resource_server.memory.documents.headings"
APART_FROM = 100_000
"""Characters from which on a text is read apart."""

PERHAPS = re.compile(r"(?:^|\r) {0,3}[#=-]", re.MULTILINE)
"""A text without such a line has no headings, and needs no parser."""

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
ATX = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
Heading = tuple[int, int, str]
"""Line, level and words."""


def headings_of(text: str) -> list[Heading]:
    """All of them, in their order. Raises ValueError where reading takes too long."""
    if PERHAPS.search(text) is None:
        return []
    if len(text) < APART_FROM:
        return list(headings_in(text))
    found = json.loads(read_apart(READING, text.encode(errors="replace"), "Markdown"))
    return [(line, level, words) for line, level, words in found]


def headings_in(text: str) -> Iterator[Heading]:
    """A heading inside a list or a quotation begins nothing.

    Emphasis and links are not looked for: brackets without an end would be tried again and again.
    """
    tokens = MarkdownIt("commonmark").disable("inline").parse(text)
    for opening, words in pairwise(tokens):
        if opening.type == "heading_open" and opening.level == 0 and opening.map is not None:
            yield opening.map[0], int(opening.tag[1:]), words.content.strip()


def marked_lines(text: str) -> int:
    """How many lines outside of fenced code begin with the marks of a heading, without a parser."""
    count, fence = 0, ""
    for line in text.splitlines():
        mark = FENCE.match(line)
        if mark is not None:
            fence = ("" if mark[1].startswith(fence) else fence) if fence else mark[1]
        elif not fence and ATX.match(line):
            count += 1
    return count


if __name__ == "__main__":
    serve(lambda content: json.dumps(list(headings_in(content.decode())), ensure_ascii=False))
