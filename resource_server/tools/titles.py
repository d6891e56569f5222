"""What a memory is called where there is room for one line alone."""

import re
import unicodedata

from resource_server.memory.records import Memory

LONGEST = 80
LOOKED_AT = 1_000
JOINERS = "\u200c\u200d"
"""They shape letters and emoji, and hide nothing."""

HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Unicode categories that show nothing, or other things than they are."""

_MARKUP = re.compile(r"^[\s#>*\-]+")


def title_of(memory: Memory) -> str:
    """Its key, or the first words of its text: one line of at most 80 characters, nothing in it invisible."""
    shown = _plain(memory.key or "") or _MARKUP.sub("", _plain(memory.text[:LOOKED_AT])) or memory.id
    return shown if len(shown) <= LONGEST else _cut(shown)


def _plain(text: str) -> str:
    """On one line, without control characters and without marks that turn or hide text."""
    visible = "".join(" " if char.isspace() else char for char in text if _may_stand(char))
    words = " ".join(visible.split())
    return words if any(unicodedata.category(char)[0] in "LNPS" for char in words) else ""


def _may_stand(char: str) -> bool:
    return char.isspace() or char in JOINERS or unicodedata.category(char) not in HIDDEN


def _cut(text: str) -> str:
    """Behind the last whole word that fits; a word that is too long by itself is cut."""
    kept = text[: LONGEST - 1]
    whole, blank, _ = kept.rpartition(" ")
    return f"{(whole if blank and len(whole) > LONGEST // 2 else kept).rstrip()}…"
