"""Which memories a call asks about, before it is known which of them it may see."""

from dataclasses import dataclass
from datetime import datetime

from resource_server.context.reach import Reach
from resource_server.memory.records import Filters


@dataclass(frozen=True)
class Wanted:
    """The arguments of a tool that narrow what it looks at; what is left out narrows nothing."""

    namespace: str | None = None
    tags: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    app: str | None = None
    conversation: str | None = None
    as_of: datetime | None = None

    def within(self, reach: Reach) -> Filters:
        """As a question to the store. Raises ToolError for a namespace that may not be read."""
        return Filters(
            reach.reading(self.namespace),
            self.tags,
            self.kinds,
            self.since,
            self.until,
            self.app,
            self.conversation,
            self.as_of,
        )
