"""What the tools answer that look into the past and undo; what memories said is quoted here too."""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from resource_server.memory.events import Event, changed
from resource_server.memory.history import Difference, Step, Trashed
from resource_server.memory.purging import TRASH_KEPT
from resource_server.memory.records import Author
from resource_server.memory.rolling_back import Undo
from resource_server.tools.memory_answers import NOTICE, Answer, MemoryAnswer, SavedBy, quoted, saved_by
from resource_server.tools.titles import title_of

ASK_THE_PERSON = (
    "Nothing was changed yet. Put this question to the person and wait for their answer: nobody else may agree. Once "
    "they have, call again with the same arguments and this confirmation; it holds for ten minutes, once, and for "
    "exactly this."
)
NEXT = "Give it back as cursor for the next page; null on the last."


class WrittenBy(SavedBy):
    """Which app wrote, when, and in which session, where there was one."""

    at: datetime
    session_id: str


class HistoryStep(MemoryAnswer):
    """One write, and the memory as it left it."""

    event: str = Field(description="stored, updated, deleted, restored, expired, rolled-back and the like.")
    by: WrittenBy
    changed: tuple[str, ...] = Field(description="What it says otherwise than before.")
    in_trash: bool


class History(Answer):
    """What happened to one memory, newest first."""

    notice: str = NOTICE
    steps: tuple[HistoryStep, ...]
    next_cursor: str | None = Field(description=NEXT)


class DifferentMemory(MemoryAnswer):
    """A memory as it was at the later instant or, where it was gone by then, at the earlier one."""

    change: Literal["added", "changed", "removed"]
    before: dict[str, JsonValue] = Field(description="What changed, as it was at the earlier instant.")
    last_write: WrittenBy | None = Field(description="The last write until then; null where its time was simply over.")


class Differences(Answer):
    """What is different at the later instant; a page may hold fewer than asked for, or none, and still go on."""

    notice: str = NOTICE
    differences: tuple[DifferentMemory, ...]
    next_cursor: str | None = Field(description=NEXT)


class TrashedMemory(MemoryAnswer):
    """A memory in the trash."""

    in_trash_since: datetime
    kept_until: datetime
    deleted_by: WrittenBy | None = Field(description="Null where its time was simply over.")


class TrashList(Answer):
    """The trash, last thrown away first."""

    notice: str = NOTICE
    memories: tuple[TrashedMemory, ...]
    next_cursor: str | None = Field(description=NEXT)


class Restored(Answer):
    """What came back."""

    notice: str = NOTICE
    memory: MemoryAnswer


class UndoneMemory(Answer):
    """One memory that an app wrote to, and what rolling back does to it."""

    id: str
    namespace: str
    title: str
    outcome: str
    last_write: WrittenBy


class RolledBack(Answer):
    """What was undone, or would be."""

    notice: str = NOTICE
    done: bool = Field(description="False for a dry run, and with a question: nothing was changed.")
    counts: dict[str, int] = Field(description="How many memories, by outcome.")
    memories: tuple[UndoneMemory, ...] = Field(description="The first 50 of them.")
    links: int = Field(description="How many links are as before.")
    links_left_alone: int = Field(description="Links to which another app wrote since.")
    statements: int = Field(description="How often the app is no longer among those who said what a memory says.")
    is_more_left: bool = Field(description="True where another call is needed for the rest.")
    question: str | None = Field(description="What the person is to agree to before anything happens.")
    confirmation: str | None = Field(description="Give it back as confirmation once the person has agreed.")
    advice: str | None = Field(default=None, description="What to do now; null where nothing is.")


class DeletedMany(Answer):
    """What went to the trash; with a `question` nothing did yet."""

    deleted: int
    by_namespace: dict[str, int] = Field(description="What is to go, or went, by namespace.")
    is_more_left: bool = Field(description="True where more fit than one call deletes.")
    kept_in_trash_until: datetime | None
    question: str | None = Field(description="What the person is to agree to before anything happens.")
    confirmation: str | None = Field(description="Give it back as confirmation once the person has agreed.")
    advice: str | None = Field(default=None, description="What to do now; null where nothing is.")


def step(one: Step) -> HistoryStep:
    """A step as an answer shows it."""
    memory = one.event.memory
    return HistoryStep(
        **vars(quoted(memory)),
        event=one.event.kind.value,
        by=written(one.event),
        changed=one.changed,
        in_trash=memory.deleted_at is not None,
    )


def difference(one: Difference) -> DifferentMemory:
    """A difference as an answer shows it."""
    shown, earlier = one.after or one.before, one.before
    if shown is None:
        raise TypeError("a memory that is at neither instant is no difference")
    names = changed(earlier, shown)
    return DifferentMemory(
        **vars(quoted(shown)),
        change="added" if earlier is None else "removed" if one.after is None else "changed",
        before=quoted(earlier).model_dump(mode="json", include=set(names)) if earlier is not None else {},
        last_write=written(one.last) if one.last is not None else None,
    )


def trashed(one: Trashed) -> TrashedMemory:
    """A memory in the trash as an answer shows it."""
    return TrashedMemory(
        **vars(quoted(one.memory)),
        in_trash_since=one.since,
        kept_until=one.since + TRASH_KEPT,
        deleted_by=written(one.last) if one.last is not None else None,
    )


def undone(one: Undo) -> UndoneMemory:
    """What happens to one memory as an answer shows it."""
    memory = one.memory
    return UndoneMemory(
        id=memory.id,
        namespace=memory.namespace,
        title=title_of(memory),
        outcome=one.doing.value,
        last_write=written(one.last),
    )


def written(event: Event) -> WrittenBy:
    """Who wrote, as an answer shows it."""
    by: Author = event.by
    return WrittenBy(**dict(saved_by(by)), at=event.at, session_id=by.session_id)
