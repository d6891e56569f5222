"""What is answered about memories that hang together, and about what memory is about."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from resource_server.memory.graph.records import BondKind, Related
from resource_server.memory.graph.topics import Topics
from resource_server.tools.memory_answers import NOTICE, Answer, MemoryAnswer, quoted


class BondAnswer(Answer):
    """One reason why a memory is here."""

    id: str = Field(description="Of the related memory.")
    kind: BondKind
    strength: float = Field(description="0 to 1.")
    by: str = Field(description="The relations of the link, or the name that both mention; empty otherwise.")


class KinAnswer(MemoryAnswer):
    """One memory, and how much it has to do with the one asked about."""

    score: float = Field(description="0 to 1: all reasons together.")


class Kin(Answer):
    """Memories that hang together with the one asked about, best first, and beside them each reason."""

    notice: str = NOTICE
    related: tuple[KinAnswer, ...]
    because: tuple[BondAnswer, ...]


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


def kin(related: Sequence[Related]) -> Kin:
    """Related memories as an answer shows them."""
    return Kin(
        related=tuple(KinAnswer(**dict(quoted(one.memory)), score=one.score) for one in related),
        because=tuple(
            BondAnswer(id=one.memory.id, kind=bond.kind, strength=bond.strength, by=bond.by)
            for one in related
            for bond in one.bonds
        ),
    )


def about(topics: Topics) -> About:
    """Topics as an answer shows them."""
    return About(
        topics=tuple(TopicAnswer(**vars(topic)) for topic in topics.topics),
        apps=_counts(topics.by_app),
        months=_counts(topics.by_month),
    )


def _counts(counts: dict[str, int]) -> tuple[CountAnswer, ...]:
    return tuple(CountAnswer(name=name, memories=count) for name, count in counts.items())
