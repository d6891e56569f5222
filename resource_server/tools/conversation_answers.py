"""What the conversation tools answer: quoted, with where it was said and since when it holds."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from resource_server.memory.conversations.profile import Unsettled
from resource_server.memory.conversations.retrieval import FoundPage, Topic
from resource_server.memory.conversations.traits import sources_of
from resource_server.memory.records import Memory, Source
from resource_server.tools.memory_answers import NOTICE, Answer, MemoryAnswer, SavedBy, quoted
from resource_server.tools.quoting import is_untrusted, marked


class Kept(Answer):
    """What was kept. `id`, `created` and `topic` are null where this connection may write but not read."""

    id: str | None
    created: bool | None = Field(description="False where the same was kept before.")
    namespace: str
    conversation: str | None
    topic: str | None = Field(description="The id of the topic it belongs to.")


class RetrievedMemory(MemoryAnswer):
    """One memory found, and its neighbours in the conversation."""

    score: float = Field(description="0 to 1; how well it fits, and the topic it stands in.")
    said_at: datetime
    conversation: str | None
    topic: str | None
    said_before: str | None = Field(description="The id of the page before.")
    said_after: str | None = Field(description="The id of the page behind.")


class TopicAnswer(Answer):
    """A topic of conversation; its summary is quoted from the pages, or a model wrote it."""

    id: str
    summary: str
    written_by: str | None = Field(description="The model that wrote the summary; null where it is quoted.")
    keywords: tuple[str, ...]
    pages: int
    first: datetime
    last: datetime


class Fact(Answer):
    """One thing known of the person, quoted, with since when and from where."""

    id: str
    attribute: str
    value: str
    since: datetime
    namespace: str
    sources: tuple[str, ...] = Field(description="The ids of the pages it was said in; none where an app stored it.")
    source: str = Field(description="said by the person, written by an app, imported, or tool-output of a model.")
    trust: float
    model: str | None = Field(description="The language model that inferred it; null where none did.")
    saved_by: SavedBy


class Said(Answer):
    """Something said once, not settled yet."""

    attribute: str
    value: str
    said_at: datetime
    namespace: str
    source: str = Field(description="The id of the page.")


class RetrievedAnswer(Answer):
    """Best first; none is an answer too."""

    notice: str = NOTICE
    results: tuple[RetrievedMemory, ...]
    topics: tuple[TopicAnswer, ...]
    facts: tuple[Fact, ...]


class ProfileAnswer(Answer):
    """What is known of the person, by group."""

    notice: str = NOTICE
    as_of: datetime | None
    profile: dict[str, tuple[Fact, ...]] = Field(description="Facts by group: identity, home, work, tastes, other.")
    said_lately: tuple[Said, ...]


GROUPS = {
    "identity": ("name", "age", "comes from", "is", "birthday", "allergic to"),
    "home": ("lives in", "has"),
    "work": ("works at", "works as", "job"),
    "tastes": ("likes", "dislikes", "prefers"),
}
OTHER = "other"


def grouped(traits: Iterable[Memory]) -> dict[str, tuple[Fact, ...]]:
    """Facts by group, in the order of the groups; no group is empty."""
    facts = list(map(fact, traits))
    places = {fact.id: _group(fact.attribute) for fact in facts}
    groups = {name: tuple(fact for fact in facts if places[fact.id] == name) for name in (*GROUPS, OTHER)}
    return {name: held for name, held in groups.items() if held}


def fact(trait: Memory) -> Fact:
    """A trait as an answer shows it; one that an app stored by itself has its text for a value."""
    attribute, value, model = (trait.metadata.get(name) for name in ("attribute", "value", "model"))
    author = trait.author
    return Fact(
        id=trait.id,
        attribute=attribute if isinstance(attribute, str) else trait.key or OTHER,
        value=_shown(value if isinstance(value, str) and value in trait.text else trait.text, trait.source),
        since=trait.happened_at,
        namespace=trait.namespace,
        sources=sources_of(trait),
        source=trait.source.value,
        trust=trait.trust,
        model=model if isinstance(model, str) else None,
        saved_by=SavedBy(app=author.client_name, client_id=author.client_id, tool=author.tool),
    )


def said(one: Unsettled) -> Said:
    """A statement as an answer shows it."""
    statement, page = one.statement, one.page
    return Said(
        attribute=statement.label,
        value=_shown(statement.value, page.source),
        said_at=page.happened_at,
        namespace=page.namespace,
        source=page.id,
    )


def retrieved(one: FoundPage) -> RetrievedMemory:
    """A page as an answer shows it."""
    memory = one.memory
    more = {
        "score": round(one.score, 4),
        "said_at": memory.happened_at,
        "conversation": memory.conversation,
        "topic": one.topic,
        "said_before": one.before,
        "said_after": one.after,
    }
    return RetrievedMemory(**quoted(memory).model_dump() | more)


def topic(one: Topic) -> TopicAnswer:
    """A segment as an answer shows it."""
    summary = marked(one.summary) if one.is_untrusted else one.summary
    fields = {name: value for name, value in vars(one).items() if name != "is_untrusted"}
    return TopicAnswer(**fields | {"summary": summary})


def _shown(text: str, source: Source) -> str:
    return marked(text) if is_untrusted(source) else text


def _group(attribute: str) -> str:
    known = (name for name, attributes in GROUPS.items() if attribute in attributes)
    return next(known, "tastes" if attribute.startswith(("favourite", "favorite")) else OTHER)
