"""Summaries without a language model: the sentences that say most of what a text is about."""

import re
from collections.abc import Sequence
from math import log

from resource_server.memory.conversations.keywords import keywords

LONGEST = 300
LOOKED_AT = 200
SENTENCE = re.compile("[^.!?。\uff01\uff1f\n]+[.!?。\uff01\uff1f]*")


def summary_of(texts: Sequence[str]) -> str:
    """One or two sentences out of the texts, in their order, 300 characters at most."""
    sentences = [found.strip() for text in texts for found in SENTENCE.findall(text) if found.strip()][:LOOKED_AT]
    counts = keywords("\n".join(texts))
    ranked = sorted(range(len(sentences)), key=lambda place: -_weight(sentences[place], counts))
    chosen: list[int] = []
    for place in ranked[:2]:
        if not chosen or sum(len(sentences[one]) for one in chosen) + len(sentences[place]) < LONGEST:
            chosen.append(place)
    whole = " ".join(sentences[place].lstrip("> ") for place in sorted(chosen))
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1].rstrip()}…"


def _weight(sentence: str, counts: dict[str, int]) -> float:
    """What its keywords count in the whole, against its length: long sentences hold everything."""
    held = keywords(sentence)
    return sum(counts.get(word, 0) for word in held) / log(8 + len(sentence))
