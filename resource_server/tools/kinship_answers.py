"""What is answered about memories that hang together, and about what memory is about."""

from datetime import datetime

from pydantic import Field

from resource_server.memory.graph.records import BondKind, Related
from resource_server.memory.graph.topics import Topics
from resource_server.tools.memory_answers import NOTICE, Answer, MemoryAnswer, quoted


class BondAnswer(Answer):
    """One reason."""

    kind: BondKind
    strength: float = Field(description="0 to 1.")
    by: str = Field(description="The relations of the link, or the name that both mention; empty otherwise.")


class KinAnswer(MemoryAnswer):
    """One memory and why it is here."""

    score: float = Field(description="0 to 1: all reasons together.")
    because: tuple[BondAnswer, ...]


class Kin(Answer):
    """Memories that hang together with the one asked about, best first."""

    notice: str = NOTICE
    related: tuple[KinAnswer, ...]


class TopicAnswer(Answer):
    """A name that memories mention."""

    name: str
    type: str
    memories: int
    first: datetime
    last: datetime


class CountAnswer(Answer):
    """How many memories."""

    name: str
    memories: int


class About(Answer):
    """What comes up, the most frequent first; how much each app wrote, and how much there is of each month."""

    notice: str = NOTICE
    topics: tuple[TopicAnswer, ...]
    apps: tuple[CountAnswer, ...]
    months: tuple[CountAnswer, ...]


def kin(related: Related) -> KinAnswer:
    """A related memory as an answer shows it."""
    bonds = tuple(BondAnswer(kind=bond.kind, strength=bond.strength, by=bond.by) for bond in related.bonds)
    return KinAnswer(**dict(quoted(related.memory)), score=related.score, because=bonds)


def about(topics: Topics) -> About:
    """Topics as an answer shows them."""
    return About(
        topics=tuple(TopicAnswer(**vars(topic)) for topic in topics.topics),
        apps=_counts(topics.by_app),
        months=_counts(topics.by_month),
    )


def _counts(counts: dict[str, int]) -> tuple[CountAnswer, ...]:
    return tuple(CountAnswer(name=name, memories=count) for name, count in counts.items())
