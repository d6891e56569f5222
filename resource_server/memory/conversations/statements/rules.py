"""A rule: how one language says one thing of oneself."""

import re
from dataclasses import dataclass
from enum import StrEnum

VALUE = r"(?P<value>[^!?。;,\n]{1,80})"
NOUN = r"(?P<what>\w[\w' -]{1,40}?)"


class Attribute(StrEnum):
    """What a statement is about."""

    NAME = "name"
    AGE = "age"
    LIVES_IN = "lives in"
    COMES_FROM = "comes from"
    WORKS_AT = "works at"
    WORKS_AS = "works as"
    IS = "is"
    ALLERGIC_TO = "allergic to"
    LIKES = "likes"
    DISLIKES = "dislikes"
    PREFERS = "prefers"
    HAS = "has"
    MY = "my"


@dataclass(frozen=True)
class Rule:
    """`pattern` matches from the beginning of a clause and names the groups value and, for MY, what.

    A value whose first word is in `not_before` says nothing lasting: `I like it`, `my train is late`.
    """

    attribute: Attribute
    pattern: re.Pattern[str]
    not_before: frozenset[str] = frozenset()


def rule(attribute: Attribute, *ways: str, not_before: str = "") -> Rule:
    """One rule for several ways of saying the same; without regard to case."""
    pattern = "|".join(f"(?:{way})" for way in ways)
    names = {name for name in ("value", "what") if pattern.count(f"(?P<{name}>") > 1}
    for name in names:
        pattern = _numbered(pattern, name)
    return Rule(attribute, re.compile(rf"(?:{pattern})", re.IGNORECASE), frozenset(not_before.split()))


def group(found: re.Match[str], name: str) -> str | None:
    """What stood in the group of that name, whichever of several ways matched."""
    values = found.groupdict()
    return next((value for key, value in values.items() if key.rstrip("0123456789") == name and value), None)


def _numbered(pattern: str, name: str) -> str:
    """Python takes each name of a group once."""
    first, *rest = pattern.split(f"(?P<{name}>")
    return first + "".join(f"(?P<{name}{number}>{part}" for number, part in enumerate(rest))
