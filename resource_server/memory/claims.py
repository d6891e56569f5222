"""What a text says about somebody that can have one value at a time, by rules: where they live, what they like best.

Only plain sentences count, said from nobody's mouth in particular: in doubt nothing is claimed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

MOST_CLAIMS = 8
LONGEST_SENTENCE = 200
SENTENCE = re.compile(r"[^.!?;\n]+(?:\.(?=\w)[^.!?;\n]+)*[.!?;]?")
HEDGED = re.compile(r"\b(?:if|would|could|should|might|used to|was|were|until|wants?|plans?|hopes?|maybe|perhaps)\b")

OF_TIME = r"(?:now|currently|recently|just|still)"
NAME = rf"(?!{OF_TIME} )[^\W\d_]+(?: (?!{OF_TIME} )[^\W\d_]+)?"
"""`Ada now works at` is about Ada, and nobody is called `Ada now`."""

WHO = rf"(?:(?P<who>i|(?:the )?user|{NAME}) )?"
"""Who is left out is the person, as models write it."""

WHOSE = r"(?P<who>my|(?:the )?user's|[^\W\d_]+(?: [^\W\d_]+)?'s)"
NOW = rf"(?:{OF_TIME} )?"
IS = rf"(?:is|are) {NOW}"
VALUE = r"(?P<value>\S+(?: \S+){0,7}?)(?: now| currently| recently| these days| nowadays| today)?"
ATTRIBUTE = (
    r"(?P<what>(?:full |first |last |nick)?name|e-?mail(?: address)?|phone(?: number)?|(?:home |postal )?address"
    r"|birthday|date of birth|age|job(?: title)?|employer|boss|manager|wife|husband|partner|spouse|nationality"
    r"|time ?zone|native language|mother tongue|blood type|shoe size|doctor|dentist|landlord|home ?town)"
)
THING = (
    r"the (?:new |current )?(?P<what>(?:deadline|due date|budget|port|version|release date|launch date|wi-?fi password"
    r"|default branch)(?: (?:of|for) \S+(?: \S+){0,4})?)"
)
RULES = tuple(
    (what, re.compile(rule))
    for what, rule in (
        ("lives in", rf"{WHO}{NOW}(?:lives? in|resides? in|(?:has |have )?(?:moved|relocated)(?: back)? to) {VALUE}"),
        ("lives in", rf"{WHO}(?:am|is) {NOW}living in {VALUE}"),
        ("works at", rf"{WHO}{NOW}works? (?:at|for) {VALUE}"),
        ("", rf"{WHOSE} {NOW}(?P<what>favou?rite (?:\S+ ){{0,2}}\S+) {IS}{VALUE}"),
        ("", rf"{WHOSE} (?:new )?{ATTRIBUTE} {IS}{VALUE}"),
        ("", rf"{THING} {IS}(?:on |at )?{VALUE}"),
        ("name", rf"{WHO}(?:am|is) called {VALUE}"),
        ("age", rf"{WHO}(?:am|is) {NOW}(?P<value>\d+) years old"),
        ("diet", rf"{WHO}(?:am|is) {NOW}(?:an? )?(?P<value>vegan|vegetarian|pescatarian)"),
        ("is married", rf"{WHO}(?:am|is) {NOW}(?P<value>single|engaged|married|divorced|widowed)"),
    )
)
NOBODY = frozenset(
    """he she it they we you who this that there one someone somebody everyone his her its their our
    your""".split()  # noqa: SIM905 (read as prose)
)
PLACEHOLDERS = ("a ", "an ", "another ", "somewhere", "not ", "home", "unknown")
PERSON = {"": "user", "i": "user", "my": "user", "the user": "user", "user's": "user", "the user's": "user"}


@dataclass(frozen=True)
class Claim:
    """`about` stands for a namespace, a subject and an attribute; two claims about the same contradict in `value`."""

    about: int
    value: str


def claims_in(namespace: str, text: str) -> tuple[Claim, ...]:
    """What the sentences of a text claim, each thing once: the last word counts."""
    found = dict(_found(text.replace("\u2019", "'").casefold().replace("i'm ", "i am ")))
    return tuple(Claim(_digest(namespace, about), value) for about, value in list(found.items())[:MOST_CLAIMS])


def disagree(one: str, other: str) -> bool:
    """Whether two values exclude each other: `berlin` and `berlin, germany` do not."""
    first, second = (set(re.findall(r"\w+", value)) for value in (one, other))
    return bool(first and second) and not (first <= second or second <= first)


def _found(text: str) -> Iterator[tuple[str, str]]:
    for sentence in SENTENCE.findall(text[: LONGEST_SENTENCE * MOST_CLAIMS]):
        plain = " ".join(sentence.split()).rstrip(".!;")
        if len(plain) <= LONGEST_SENTENCE and not plain.endswith("?") and HEDGED.search(plain) is None:
            yield from _claimed(plain)


def _claimed(sentence: str) -> Iterator[tuple[str, str]]:
    for what, rule in RULES:
        match = rule.fullmatch(sentence)
        if match is None:
            continue
        parts = match.groupdict()
        who = PERSON.get(parts.get("who") or "", (parts.get("who") or "").removesuffix("'s"))
        value = parts["value"].strip(" ,.\"'")
        if value and not NOBODY & set(who.split()) and not value.startswith(PLACEHOLDERS):
            yield f"{who}\0{_attribute(what or parts['what'])}", value.removeprefix("the ")
            return


def _attribute(words: str) -> str:
    """One name for each."""
    return words.replace("favorite", "favourite").replace("color", "colour").replace("-", "").replace(" ", "")


def _digest(namespace: str, about: str) -> int:
    return int.from_bytes(blake2b(f"{namespace}\0{about}".encode(), digest_size=8).digest(), signed=True)
