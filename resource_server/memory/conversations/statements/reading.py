"""Statements about oneself, read out of a text: clause by clause, each by the first rule that fits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from types import ModuleType
from unicodedata import normalize

from resource_server.memory.conversations.statements import english, french, german, japanese, spanish
from resource_server.memory.conversations.statements.rules import Attribute, Rule, group

LANGUAGES: dict[str, ModuleType] = {"en": english, "de": german, "fr": french, "es": spanish, "ja": japanese}
LOOKED_AT = 20_000
LONGEST_SENTENCE = 400
MOST_SENTENCES = 500
MOST_OF_A_TEXT = 20
NOT_SAID = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|^[ \t]*>[^\n]*|\"[^\"\n]*\"|“[^“”\n]*”|«[^«»\n]*»|„[^„“\n]*“", re.S | re.M
)
"""Code and quotations: somebody else's words. None begins inside another: what opens and never ends is read once."""

SENTENCE = re.compile(r"(?:[^.!?。\n]|\.(?=\w)|(?:(?<=\bSt)|(?<=\bDr)|(?<=\bMr)|(?<=\bMs)|(?<=\bMrs))\.)+[.!?。]*")
SECRET = re.compile(
    r"pass ?(?:word|code|phrase|wort)|\bpin\b|secret|token|api key|credit card|card number|cvv|ssn|social security|"
    r"iban|contraseña|mot de passe|kennwort|暗証|パスワード",
    re.IGNORECASE,
)
"""Never part of a profile, which every app that may read it is told."""

PASSING = frozenset(
    """question questions problem problem's point guess issue issues understanding code idea goal plan thing bug
    error query request prompt task apologies bad concern answer output input file program script frage idee""".split()  # noqa: SIM905 (read as prose)
)
TAIL = re.compile(
    r"\s+(?:now|these days|right now|at the moment|anymore|too|as well|a lot|(?:very|so) much|recently|yesterday|today|"
    r"(?:last|this) (?:week|month|year|spring|summer|autumn|fall|winter))$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Statement:
    """`value` of an `attribute`, in the person's words; `what` names it where the attribute is MY."""

    attribute: Attribute
    value: str = field(repr=False)
    what: str = field(repr=False)
    sentence: str = field(repr=False)
    language: str

    @property
    def label(self) -> str:
        """`lives in`, `favourite colour`."""
        return self.what or self.attribute.value


def statements_in(text: str) -> list[Statement]:
    """What the writer says of themselves in the text, in its order; questions and quotations say nothing."""
    said = NOT_SAID.sub(" ", normalize("NFKC", text[:LOOKED_AT]).replace("\u2019", "'"))
    sentences = (found.group().strip() for found in islice(SENTENCE.finditer(said), MOST_SENTENCES))
    return list(islice((one for sentence in sentences for one in _of_sentence(sentence)), MOST_OF_A_TEXT))


def _of_sentence(sentence: str) -> Iterator[Statement]:
    if len(sentence) > LONGEST_SENTENCE or sentence.endswith("?") or SECRET.search(sentence):
        return
    for language, rules in LANGUAGES.items():
        found = [
            statement
            for clause in re.split(rules.CLAUSE, sentence, flags=re.I)
            if (statement := _of_clause(clause, sentence, language, rules)) is not None
        ]
        if found:
            yield from found
            return


def _of_clause(clause: str, sentence: str, language: str, rules: ModuleType) -> Statement | None:
    said = re.sub(rf"^{rules.OPENINGS}", "", clause.strip(" .!。,"), flags=re.I)
    for rule in rules.RULES:
        found = rule.pattern.match(said)
        if found is None:
            continue
        value, what = _value(group(found, "value") or "", rules.CUTS), (group(found, "what") or "").strip().casefold()
        if _lasts(rule, value, what):
            return Statement(rule.attribute, value, what, sentence, language)
    return None


def _value(value: str, cuts: tuple[str, ...]) -> str:
    if cuts:
        value = re.split(rf"\s(?:{'|'.join(cuts)})\b", value, maxsplit=1, flags=re.I)[0]
    return TAIL.sub("", value.strip(" \t.':-()")).strip()


def _lasts(rule: Rule, value: str, what: str) -> bool:
    if not any(character.isalnum() for character in value):
        return False
    first = re.split(r"[\s']", value.casefold(), maxsplit=1)[0]
    if first in rule.not_before or (rule.attribute is Attribute.MY and first.endswith("ing")):
        return False
    return not what or what.split()[-1] not in PASSING
