"""Entities by rules: what a text names without a doubt, in any script that has capitals, without a model."""

import re
from collections.abc import Iterator
from datetime import date

from resource_server.memory.graph.names import names_in
from resource_server.memory.records import NamedEntity

LOOKED_AT = 8_000
"""Characters of a text that are read; what matters is named early."""

MOST = 32
"""Entities one text is taken to name."""

LONGEST_NAME = 80
MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905
MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS)
DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\d-])",
        r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})(?!\d)",
        r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s(?P<month>{MONTH})\.?,?\s(?P<year>\d{{4}})\b",
        rf"\b(?P<month>{MONTH})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>\d{{4}})\b",
    )
)
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
ADDRESS = re.compile(r"https?://(?:[^\s/@]{1,64}@)?(?P<host>[\w-]{1,63}(?:\.[\w-]{1,63}){1,5})[^\s<>()\"']{0,500}")
DOMAIN = re.compile(
    r"(?<![\w@./-])(?P<host>(?:[a-z0-9][a-z0-9-]{0,62}\.){1,4}(?:com|org|net|edu|gov|io|dev|app|ai|de|fr|uk|eu|ch|nl|jp))"
    r"(?![\w-])"
)
HANDLE = re.compile(r"(?<![\w@./])@[A-Za-z_][\w.-]{0,37}\w")
HASHTAG = re.compile(r"(?<![\w&#/])#(?![0-9a-fA-F]{3}\b|[0-9a-fA-F]{6}\b)(?=\w*[^\W\d_])\w{2,50}")
ADDRESSES = (
    ("@", EMAIL, "email"),
    ("://", ADDRESS, "domain"),
    (".", DOMAIN, "domain"),
    ("@", HANDLE, "handle"),
    ("#", HASHTAG, "tag"),
)
DIGIT = re.compile(r"\d{4}")
ADDRESSED = re.compile(r"(?P<name>[\u4e00-\u9fff\u30a1-\u30faー]{1,8})(?:さん|ちゃん|様|先生)")
"""Japanese writes no capitals, but says who is a person."""


def entities_in(text: str) -> tuple[NamedEntity, ...]:
    """What the text names, each once, in the order of the rules; the same text always names the same."""
    read = text[:LOOKED_AT]
    found: dict[str, NamedEntity] = {}
    for entity in _found(read):
        key = folded(entity.name)
        if key and len(entity.name) <= LONGEST_NAME and len(found) < MOST:
            found.setdefault(key, entity)
    return tuple(found.values())


def folded(name: str) -> str:
    """What two spellings of one name have in common."""
    return " ".join(name.casefold().split())


def _found(text: str) -> Iterator[NamedEntity]:
    rest = text
    for mark, pattern, kind in ADDRESSES:
        # Most texts have none of the marks, and every write waits for this.
        if mark in rest:
            yield from (NamedEntity(_plain(match), kind) for match in pattern.finditer(rest))
            # A name is no part of an address.
            rest = pattern.sub(" ; ", rest)
    if DIGIT.search(rest):
        yield from (NamedEntity(day, "date") for day in _dates(rest))
    if not rest.isascii():
        yield from (NamedEntity(match["name"], "person") for match in ADDRESSED.finditer(rest))
    yield from (NamedEntity(name) for name in names_in(rest))


def _plain(match: re.Match[str]) -> str:
    name = match.groupdict().get("host") or match.group()
    return name.casefold().rstrip(".").removeprefix("www.")


def _dates(text: str) -> Iterator[str]:
    """As ISO 8601 writes them; 31 February is none."""
    for pattern in DATES:
        for match in pattern.finditer(text):
            try:
                yield date(int(match["year"]), _month(match["month"]), int(match["day"])).isoformat()
            except ValueError:
                continue


def _month(name: str) -> int:
    if name.isdecimal():
        return int(name)
    return next(number for number, month in enumerate(MONTHS, 1) if month.startswith(name.casefold()[:3]))
