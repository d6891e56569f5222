"""Whether two statements say the same, nearly the same, or the opposite; by words alone, and in doubt they do not.

What remains of a statement without its function words is its skeleton: statements that could be the same share it, so
an index over its fingerprint finds them without reading anything else.
"""

import re
import unicodedata
from datetime import datetime
from enum import Enum, auto
from functools import lru_cache
from hashlib import blake2b

MOST_WORDS = 60
"""Longer texts are the same word for word or not at all."""

EDGES = ".,;:!\"'\u201c\u201d\u2018\u2019()[]"
EMPTY = frozenset({"the", "also", "please"})
"""Words without which a statement is the same, whatever it says."""

LIGHT = frozenset({"a", "an", "as", "of", "that", "its"})
"""Words without which it is the same if its meaning is as near as NEARLY says."""

NEGATIONS = frozenset({"not", "never", "no", "cannot"})
AUXILIARIES = frozenset({"do", "does", "did", "longer", "anymore"})
SHORTEST_STEM = 3
CODE = re.compile(r"[\d/_=\\]")


class Relation(Enum):
    """What a statement is to another one."""

    SAME = auto()
    NEARLY = auto()
    OPPOSITE = auto()
    OTHER = auto()


def normalised(text: str) -> str:
    """Without differences of case, white space and Unicode form; case counts where it tells codes apart."""
    return " ".join(map(_folded, unicodedata.normalize("NFC", text).split()))


def relation(one: str, other: str) -> Relation:
    """What two texts with the same skeleton are to each other. NEARLY still has to be confirmed by meaning."""
    if normalised(one) == normalised(other):
        return Relation.SAME
    first, second = _words(one), _words(other)
    if max(len(first), len(second)) > MOST_WORDS or _skeleton(first) != _skeleton(second):
        return Relation.OTHER
    if {_negations(first), _negations(second)} == {0, 1}:
        return Relation.OPPOSITE
    if _without(first, EMPTY) == _without(second, EMPTY):
        return Relation.SAME
    return Relation.NEARLY if _without(first, EMPTY | LIGHT) == _without(second, EMPTY | LIGHT) else Relation.OTHER


@lru_cache(maxsize=4)  # a store asks three times about the same text
def fingerprint(namespace: str, text: str, conversation: str | None, dated: datetime | None) -> int:
    """64 bits that statements share which could be the same; with a date or a conversation, only the very same ones."""
    if conversation is not None or dated is not None:
        said = (conversation or "", dated.isoformat() if dated else "", normalised(text))
    else:
        words = _words(text)
        said = ("", "", normalised(text) if len(words) > MOST_WORDS else " ".join(_skeleton(words)))
    digest = blake2b("\0".join((namespace, *said)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _folded(word: str) -> str:
    """`GitHub` and `github` are one word, `aB3x` and `ab3x` are two."""
    return word if CODE.search(word) else word.casefold()


def _words(text: str) -> list[str]:
    """Without the punctuation around them; a question mark is a word, for it changes what is said."""
    words = []
    for word in normalised(text).split():
        plain = word.strip(EDGES) if not word[:2].strip(EDGES).isdigit() else word.rstrip(EDGES)
        question = plain.endswith("?")
        words += _expanded(plain.rstrip("?").rstrip(EDGES)) + (["?"] if question else [])
    return [word for word in words if word]


def _expanded(word: str) -> list[str]:
    """`don't` is `do not`."""
    plain = word.replace("\u2019", "'")
    if plain == "can't":
        return ["cannot"]
    if plain == "won't":
        return ["will", "not"]
    return [plain[:-3], "not"] if plain.endswith("n't") else [word]


def _skeleton(words: list[str]) -> list[str]:
    return [_stem(word) for word in _without(words, EMPTY | LIGHT | NEGATIONS | AUXILIARIES)]


def _stem(word: str) -> str:
    """`likes` and `like`: candidates are compared word for word afterwards."""
    is_short = len(word) <= SHORTEST_STEM
    return word if is_short or not word.isalpha() or word.endswith("ss") else word.removesuffix("s")


def _without(words: list[str], left_out: frozenset[str]) -> list[str]:
    return [word for word in words if word not in left_out]


def _negations(words: list[str]) -> int:
    return sum(word in NEGATIONS for word in words)
