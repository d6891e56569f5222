"""Keywords by counting: the words of a text that tell something, and how far two texts share them."""

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from math import sqrt
from unicodedata import normalize

MOST_OF_A_TEXT = 40
MOST_OF_A_SEGMENT = 60
LOOKED_AT = 20_000
SHORTEST = 3
WORD = re.compile(r"[^\W_]+")
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
"""Scripts without blanks between words: two neighbouring characters stand for a word."""

STOP_WORDS = frozenset(
    """a about after again all also always am an and any are aren't as at back be because been before being but by can
    could did didn do does doesn don down each even ever every few first for from get gets getting go goes going gonna
    good got great had has have haven having he hello help her here hers hey him his how i'd i'll i'm i've if in into
    is isn it its it's just kind know let like lot made make makes many may maybe me mean might more most much must my
    need never nice no nor not now of off oh ok okay on once one only or other our out over own please pretty really
    right said same say see she should since so some something sometimes still such sure take tell than thank thanks
    that that's the their them then there these they thing things think this those though through time to today too
    try two under until up us use used very wanna want wants was wasn way we well were what what's when where which
    while who whom whose why will with won would yeah yes yet you you're your
    aber als also auch auf aus bei bin bis bist das dass dein dem den der des die dir doch du ein eine einem einen
    einer er es euch für habe haben hast hat ich ihr ihre im ist ja jetzt kann kein können man mein meine mich mir mit
    nach nicht noch nur oder schon sehr sein sich sie sind und uns von vor war was wenn wer werden wie wir wird wo zu
    zum zur über
    ai alors au aussi aux avec avoir bien ce cela ces cette comme dans de du elle elles en est et eu fait il ils je la
    le les leur lui ma mais me mes moi mon ne nous on ou où par pas plus pour qu que qui quoi sa sans se ses si son
    sont suis sur ta te tes toi ton tout très tu un une vos votre vous
    al algo como con cual cuando del donde el ella ellos era eres es esa ese eso esta este esto estoy fue hay han la
    las lo los más me mi mis muy nada no nos o para pero por porque que qué quien se ser si sí sin sobre son soy su
    sus también te tengo tiene todo tu tus un una uno unos y ya yo""".split()  # noqa: SIM905 (read as prose)
)


def keywords(text: str) -> Counter[str]:
    """The telling words with how often they stand there, the commonest first, 40 at most."""
    folded = normalize("NFKC", text[:LOOKED_AT]).casefold()
    spaced = (word for word in WORD.findall(UNSPACED.sub(" ", folded)) if _tells(word))
    unspaced = (first + second for run in UNSPACED.findall(folded) for first, second in pairwise(run))
    return Counter(dict(Counter([*map(_singular, spaced), *unspaced]).most_common(MOST_OF_A_TEXT)))


def commonest(counts: Counter[str]) -> Counter[str]:
    """What a segment keeps of the keywords of its pages."""
    return Counter(dict(counts.most_common(MOST_OF_A_SEGMENT)))


def jaccard(first: Mapping[str, int], second: Mapping[str, int]) -> float:
    """Shared keywords over all keywords, 0 to 1."""
    every = first.keys() | second.keys()
    return len(first.keys() & second.keys()) / len(every) if every else 0.0


def cosine(first: Mapping[str, int], second: Mapping[str, int]) -> float:
    """Of the counts, 0 to 1: stands for the similarity of vectors where nothing embeds."""
    shared = sum(first[word] * second[word] for word in first.keys() & second.keys())
    return shared / (_length(first) * _length(second)) if shared else 0.0


def _tells(word: str) -> bool:
    return (len(word) >= SHORTEST or not word.isascii()) and word not in STOP_WORDS


def _singular(word: str) -> str:
    """`dogs` and `dog` are one keyword; no more is stemmed, as keywords are shown."""
    return word[:-1] if len(word) > SHORTEST + 1 and word.endswith("s") and not word.endswith("ss") else word


def _length(counts: Mapping[str, int]) -> float:
    return sqrt(sum(count * count for count in counts.values()))
