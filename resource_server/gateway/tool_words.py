"""Tools by their words: BM25F over name, title, description, arguments and server (Robertson and Zaragoza 2009, §3.6).

A word counts more in a name than in a long description, and says where it stands, so that a hit can be explained.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resource_server.memory.ranking import Scores, telling_words

SATURATION, LENGTH = 1.2, 0.6
"""k1, and b of every field."""

LONGEST_TEXT, MOST_ARGUMENTS, DEEPEST = 4_000, 100, 4
"""What is read of one description, and how many arguments of one tool, how deep."""

RUN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
WORD = re.compile(r"\w+")


class Place(StrEnum):
    """Where a word of a tool stands."""

    NAME = "name"
    TITLE = "title"
    DESCRIPTION = "description"
    ARGUMENTS = "arguments"
    SERVER = "server's name"


WEIGHTS = {Place.NAME: 4.0, Place.TITLE: 3.0, Place.DESCRIPTION: 1.0, Place.ARGUMENTS: 0.7, Place.SERVER: 1.5}

ToolWords = Mapping[Place, Counter[str]]
Matches = dict[Place, list[str]]
Rows = NDArray[np.int64]


def words_of_tool(name: str, server: str, definition: Mapping[str, Any]) -> ToolWords:
    """The words of each place, as they are searched."""
    annotations = definition.get("annotations")
    titles = (definition.get("title"), annotations.get("title") if isinstance(annotations, dict) else None)
    return {
        Place.NAME: Counter(words_in(name)),
        Place.TITLE: Counter(_words_of(titles)),
        Place.DESCRIPTION: Counter(_words_of((definition.get("description"),))),
        Place.ARGUMENTS: Counter(_words_of(_said_of_arguments(definition.get("inputSchema")))),
        Place.SERVER: Counter(words_in(server)),
    }


def words_in(text: str) -> list[str]:
    """Whole words, and the parts of names such as `readFile` and `read_file`; plural and singular are one word."""
    found = []
    for word in WORD.findall(text):
        parts = RUN.findall(word)
        found += [_stem(part.casefold()) for part in parts]
        if len(parts) > 1:
            found.append(word.casefold())
    return found


@dataclass(frozen=True)
class Words:
    """The words of all tools that are searched together."""

    tools: Sequence[ToolWords]
    held_by: Mapping[str, Sequence[int]]
    mean_lengths: Mapping[Place, float]
    _weights: dict[str, tuple[Rows, Scores]] = field(default_factory=dict)

    @classmethod
    def of(cls, tools: Sequence[ToolWords]) -> "Words":
        """Counted once; a search looks at the tools alone that hold one of its words."""
        held_by: dict[str, list[int]] = {}
        for row, tool in enumerate(tools):
            for word in dict.fromkeys(word for words in tool.values() for word in words):
                held_by.setdefault(word, []).append(row)
        lengths = {place: sum(tool[place].total() for tool in tools) / (len(tools) or 1) for place in Place}
        return cls(tools, held_by, lengths)

    def scores(self, query: str) -> dict[int, float]:
        """How well the words of each tool match that hold any of the query's."""
        scores = np.zeros(len(self.tools))
        for words in _asked(query).values():
            for word in words:
                rows, weights = self._weighed(word)
                scores[rows] += weights
        found = np.flatnonzero(scores)
        return dict(zip(found.tolist(), scores[found].tolist(), strict=True))

    def matches(self, row: int, query: str) -> Matches:
        """Which words of the query stand where in one tool, as they were said."""
        asked, tool = _asked(query), self.tools[row]
        found = {
            place: [said for said, words in asked.items() if not tool[place].keys().isdisjoint(words)]
            for place in Place
        }
        return {place: said for place, said in found.items() if said}

    def _weighed(self, word: str) -> tuple[Rows, Scores]:
        """The tools that hold a word, and what it weighs in each; counted with the first search for it."""
        if word not in self._weights:
            rows = self.held_by.get(word, ())
            idf = log(1 + (len(self.tools) - len(rows) + 0.5) / (len(rows) + 0.5))
            amounts = np.array([self._amount(row, word) for row in rows], np.float64)
            weights = idf * amounts * (SATURATION + 1) / (amounts + SATURATION)
            self._weights[word] = np.array(rows, np.int64), weights
        return self._weights[word]

    def _amount(self, row: int, word: str) -> float:
        """How much of a word one tool holds, its places weighted, each by its length."""
        amount = 0.0
        for place, words in self.tools[row].items():
            if count := words.get(word, 0):
                length = words.total() / (self.mean_lengths[place] or 1.0)
                amount += WEIGHTS[place] * count / (1 - LENGTH + LENGTH * length)
        return amount


def _asked(query: str) -> dict[str, list[str]]:
    """Each telling word of the query as it was said, with the words it is searched by, none of these twice."""
    said = {word.casefold(): word for word in reversed(WORD.findall(query))}
    seen: set[str] = set()
    asked = {}
    for word in telling_words(query):
        asked[said[word]] = [one for one in dict.fromkeys(words_in(said[word])) if one not in seen]
        seen.update(asked[said[word]])
    return asked


def _words_of(texts: Iterable[object]) -> list[str]:
    return [word for text in texts if isinstance(text, str) for word in words_in(text[:LONGEST_TEXT])]


def _said_of_arguments(schema: object, depth: int = 0) -> list[object]:
    """Names and descriptions of the arguments, of those in them too."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or depth == DEEPEST:
        return []
    said: list[object] = []
    for name, one in list(properties.items())[:MOST_ARGUMENTS]:
        said += [name, one.get("description") if isinstance(one, dict) else None]
        said += _said_of_arguments(one, depth + 1)
    return said


def _stem(word: str) -> str:
    """English plurals alone (after Harman's S-stemmer, 1991): more would make one word of two."""
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]
