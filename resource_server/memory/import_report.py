"""What an import did, or would do: counts, what was left out and why, and a few samples."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from resource_server.memory.importers.imported import Imported
from resource_server.memory.importers.material import LeftOut
from resource_server.memory.records import Memory

MOST_LEFT_OUT = 200
SAMPLES = 5


@dataclass
class Report:
    """Filled while an import runs. Of what was left out, all is counted and the first are named."""

    batch: str = ""
    memories: int = 0
    by_namespace: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    edges: int = 0
    links: int = 0
    conversations: set[str] = field(default_factory=set)
    oldest: datetime | None = None
    newest: datetime | None = None
    left_out: int = 0
    named: list[LeftOut] = field(default_factory=list)
    samples: list[Imported | Memory] = field(default_factory=list)

    def brings(self, record: Imported | Memory, namespace: str) -> None:
        """A memory that is new."""
        self.memories += 1
        self.by_namespace[namespace] += 1
        self.by_kind[record.kind] += 1
        self.edges += len(record.edges) if isinstance(record, Imported) else 0
        if record.conversation:
            self.conversations.add(record.conversation)
        if record.happened_at:
            self.oldest = min(self.oldest or record.happened_at, record.happened_at)
            self.newest = max(self.newest or record.happened_at, record.happened_at)
        if len(self.samples) < SAMPLES:
            self.samples.append(record)

    def repeats(self, why: str) -> None:
        """A memory that is there already, or twice in the file."""
        self.repeated[why] += 1

    def leaves_out(self, what: LeftOut) -> None:
        """Something that cannot be a memory."""
        self.left_out += 1
        if len(self.named) < MOST_LEFT_OUT:
            self.named.append(what)
