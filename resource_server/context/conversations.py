"""The caller's conversations and profile."""

from dataclasses import dataclass
from datetime import datetime

from resource_server.context.caller import Caller, ToolError
from resource_server.context.reach import Reach
from resource_server.context.wanted import Wanted
from resource_server.memory.conversations.chat.background import Background
from resource_server.memory.conversations.conversations import Added, Conversations
from resource_server.memory.conversations.pages import Turn
from resource_server.memory.conversations.profile import Profile, read_profile
from resource_server.memory.conversations.retrieval import Retrieved
from resource_server.memory.conversations.visits import Visits
from resource_server.memory.records import Memory, Page, TooManyNamespacesError, UnknownCursorError
from resource_server.memory.store import MemoryStores
from resource_server.memory.timeline import timeline

FACTS = 5


@dataclass(frozen=True)
class Answered:
    """What a question led to: pages and other memories, and traits that go with it."""

    retrieved: Retrieved
    facts: tuple[Memory, ...]


class MyConversations:
    """The caller's conversations and what they say of the person, as far as the grant reaches."""

    def __init__(self, stores: MemoryStores, visits: Visits, background: Background, caller: Caller, tool: str) -> None:
        self.reach = Reach(caller, tool)
        self.session_id = caller.session_id
        self._places = stores.places_of(caller.user_id)
        self._own, everywhere = stores.own_of(caller.user_id), stores.of(caller.user_id)
        self._conversations = Conversations(self._places, self._own, everywhere, visits, background)

    def add(self, namespace: str, turn: Turn) -> Added:
        """Keeps one exchange as a page of its conversation."""
        self.reach.writing(namespace)
        try:
            return self._conversations.add(namespace, turn, self.reach.signed)
        except TooManyNamespacesError:
            raise ToolError("There are too many namespaces already. Use one that exists.") from None

    def retrieve(self, query: str, wanted: Wanted, limit: int) -> Answered:
        """What was said about it, and what is known of the person that goes with it."""
        filters = wanted.within(self.reach)
        facts = self._conversations.facts(query, filters.namespaces, FACTS, filters.as_of)
        client_id = self.reach.signed.author.client_id
        return Answered(self._conversations.retrieve(query, filters, limit, client_id), tuple(facts))

    def timeline(self, wanted: Wanted, cursor: str | None, limit: int) -> Page:
        """A page of memories, what happened last first."""
        try:
            return timeline(self._places, wanted.within(self.reach), cursor, limit)
        except UnknownCursorError:
            raise ToolError("Unknown cursor. Start again without one.") from None

    def profile(self, namespace: str | None, as_of: datetime | None) -> Profile:
        """What is known of the person, now or at an instant; never from what they share with others."""
        filters = Wanted(namespace, as_of=as_of).within(self.reach)
        own = self._places.own.vault
        if namespace in own.elsewhere:
            raise ToolError(
                f"The namespace {namespace!r} is shared: a profile is one person's, and is not made of what several "
                "write. Ask without it; memory_search finds what is there."
            )
        return read_profile(own, self._own, filters)
