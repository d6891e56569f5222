"""Capitalised names: runs of words that a text writes with capitals where it need not."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from resource_server.memory.ranking import STOP_WORDS

SENTENCE = re.compile(r"[.!?\u3002\uff01\uff1f;:\n\r\u2022|]+[\s\"'\u201c\u201d\u201e\u00ab\u00bb()\[\]*_-]*")
WORD = re.compile(r"[^\W\d_][\w'\u2019-]*", re.UNICODE)
JOINERS = frozenset("de del della der den di da dos du la le van von zu of bin ibn al el y".split())  # noqa: SIM905
COMMON = STOP_WORDS | frozenset(
    """after again all also although always another because before both called during each either even every finally
    first here however if instead just last later let lets like likes made make makes many maybe may meeting met might
    moved must never new next no none not nothing note now okay old once one only other please prefers really remember
    said same says see since someone something sometimes soon still such sure thank thanks that's thing things though
    today tomorrow tonight two until use used uses using very wants well went while without works yes yesterday yet
    hello hey hi wow oh bye dear i'm i've i'll i'd it's he's she's we're they're don't didn't can't isn't won't what's
    let's there's who's add ask book buy call check email find fix get give go keep pay read remind run see send set
    take tell text try visit write der die das ein eine el la le les un una une il lo
    monday tuesday wednesday thursday friday saturday sunday january february march april june july
    august september october november december morning afternoon evening night mr mrs ms dr ok tv pm""".split()  # noqa: SIM905
)
"""Words that begin sentences, or carry a capital, and name nobody."""

NOUNS_HAVE_CAPITALS = frozenset("der die das und ist nicht ein eine einen mit für auf ich wir sich dem den".split())  # noqa: SIM905
MOST_CAPITALS = 0.5
"""The part of words with capitals above which capitals say nothing: headings, and German, which writes nouns so."""

SHORTEST = 3
LONGEST_RUN = 6


class _Word(NamedTuple):
    text: str
    start: int
    end: int
    begins: bool

    @property
    def is_capitalised(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_common(self) -> bool:
        return self.text.casefold().replace("\u2019", "'") in COMMON

    @property
    def is_written_like_a_name(self) -> bool:
        """`NASA`, `GitHub`, `iPhone`: capitals where no sentence puts them."""
        if self.text[1:].islower() or len(self.text) < 2:
            return False
        inner = any(map(str.isupper, self.text[1:]))
        return inner and (any(map(str.islower, self.text)) or len(self.text) <= 6)


def names_in(text: str) -> Iterator[str]:
    """Runs of capitalised words; a single word only inside a sentence, and only where capitals mean something."""
    words = _words(text)
    if sum(word.text.isupper() and len(word.text) > 1 for word in words) > len(words) / 2:
        return
    means_nothing = _capitals_mean_nothing(words)
    for run in _runs(text, words, frozenset() if means_nothing else JOINERS):
        trimmed = _trimmed(run)
        if len(trimmed) > 1 or (trimmed and _is_name_alone(trimmed[0], not means_nothing)):
            yield _spelled(text, trimmed)


def _words(text: str) -> list[_Word]:
    starts = {0, *(match.end() for match in SENTENCE.finditer(text))}
    first = len(text) - len(text.lstrip(" \t\"'“”„«»()[]*_#>-"))
    return [
        _Word(match.group(), match.start(), match.end(), match.start() in starts or match.start() <= first)
        for match in WORD.finditer(text)
    ]


def _capitals_mean_nothing(words: list[_Word]) -> bool:
    inside = [word for word in words if not word.begins]
    capitals = sum(word.is_capitalised for word in inside)
    articles = sum(word.text in NOUNS_HAVE_CAPITALS for word in words)
    return articles * 8 >= len(words) or capitals > MOST_CAPITALS * max(len(inside), 10)


def _runs(text: str, words: list[_Word], joiners: frozenset[str]) -> Iterator[list[_Word]]:
    """Capitalised words with nothing but a blank between them, or one of the joiners."""
    run: list[_Word] = []
    for word in words:
        follows = bool(run) and text[run[-1].end : word.start] in (" ", "\u00a0", "-", " & ") and not word.begins
        if run and not (follows and len(run) < LONGEST_RUN and _continues(word, joiners)):
            yield run
            run = []
        if _continues(word, joiners if run else frozenset()):
            run.append(word)
    if run:
        yield run


def _continues(word: _Word, joiners: frozenset[str]) -> bool:
    return (word.is_capitalised and not word.is_common) or word.is_written_like_a_name or word.text in joiners


def _trimmed(run: list[_Word]) -> list[_Word]:
    """Without joiners at the end, and without words that only begin a sentence."""
    while run and (run[-1].text in JOINERS or run[-1].is_common):
        run = run[:-1]
    while run and (run[0].is_common or (run[0].begins and len(run) > 1 and _looks_like_a_verb(run[0]))):
        run = run[1:]
    return run


def _looks_like_a_verb(word: _Word) -> bool:
    return word.text.endswith(("ing", "ed")) and not word.is_written_like_a_name


def _is_name_alone(word: _Word, singles_count: bool) -> bool:
    if word.is_written_like_a_name:
        return True
    return singles_count and not word.begins and len(word.text) >= SHORTEST and not word.is_common


def _spelled(text: str, run: list[_Word]) -> str:
    """As the text has it, without the ending of a possessive."""
    return re.sub(r"['\u2019]s?$", "", text[run[0].start : run[-1].end])
