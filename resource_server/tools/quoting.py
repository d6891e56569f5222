"""Quoting: how text that nobody vouches for comes back, so that it can pass neither for ours nor for the person's.

Every line begins with a mark, as a quotation in a letter does (spotlighting, arXiv 2403.14720): whatever the text says,
no line of it stands outside.
"""

from resource_server.memory.records import Memory, Source

MARK = "> "
UNTRUSTED = frozenset({Source.TOOL_OUTPUT, Source.IMPORTED})


def is_untrusted(source: Source) -> bool:
    """Whether neither the person nor an app stands behind the words."""
    return source in UNTRUSTED


def text_of(memory: Memory) -> str:
    """The text as an answer shows it."""
    return marked(memory.text) if is_untrusted(memory.source) else memory.text


def marked(text: str) -> str:
    """Each line behind a mark, by every character that anybody takes for the end of a line."""
    return "".join(f"{MARK}{line}" for line in text.splitlines(keepends=True)) or MARK
