"""The tools that look into the past and undo: history, differences, the trash, rolling back, deleting by filter."""

from collections import Counter
from collections.abc import Sequence

from resource_server.context.caller import ToolError
from resource_server.context.confirmations import MyConfirmations
from resource_server.context.history import MyHistory
from resource_server.context.wanted import Wanted
from resource_server.memory.purging import TRASH_KEPT
from resource_server.memory.records import Memory
from resource_server.memory.rolling_back import Plan
from resource_server.tools import finding_arguments as only
from resource_server.tools import history_arguments as arg
from resource_server.tools import memory_arguments as memory_arg
from resource_server.tools.history_answers import (
    ASK_THE_PERSON,
    DeletedMany,
    Differences,
    History,
    Restored,
    RolledBack,
    TrashList,
    difference,
    step,
    trashed,
    undone,
)
from resource_server.tools.instants import Since, Until
from resource_server.tools.memory_answers import quoted
from resource_server.tools.requires import requires
from shared.clock import now
from shared.scopes import Scope
from shared.tool_sets import ToolSet

SHOWN = 50


@requires(Scope.MEMORY_READ, title="History of a memory", tool_set=ToolSet.HISTORY)
def memory_history(
    history: MyHistory,
    id: memory_arg.MemoryId = None,
    key: memory_arg.Key = None,
    namespace: memory_arg.Namespace = None,
    cursor: memory_arg.Cursor = None,
    limit: arg.Few = 10,
) -> History:
    """What happened to one memory, named by id or by key, newest first: each state, what changed, by whom, when.

    It works for what lies in the trash too.
    """
    part = history.of(id, key, namespace, cursor, limit)
    return History(steps=tuple(map(step, part.items)), next_cursor=part.next_cursor)


@requires(Scope.MEMORY_READ, title="What changed between two instants", tool_set=ToolSet.HISTORY)
def memory_diff(
    history: MyHistory,
    since: arg.Since,
    until: arg.Until = None,
    namespace: memory_arg.Namespace = None,
    cursor: memory_arg.Cursor = None,
    limit: arg.Few = 20,
) -> Differences:
    """What is remembered otherwise at one instant than at an earlier one: added, changed and removed memories."""
    part = history.between(since, until or now(), namespace, cursor, limit)
    return Differences(differences=tuple(map(difference, part.items)), next_cursor=part.next_cursor)


@requires(Scope.MEMORY_READ, title="List the trash", tool_set=ToolSet.HISTORY)
def memory_trash(
    history: MyHistory,
    namespace: memory_arg.Namespace = None,
    cursor: memory_arg.Cursor = None,
    limit: arg.Few = 20,
) -> TrashList:
    """What was deleted or expired within 30 days and can be restored, last thrown away first."""
    part = history.trash(namespace, cursor, limit)
    return TrashList(memories=tuple(map(trashed, part.items)), next_cursor=part.next_cursor)


@requires(Scope.MEMORY_READ, Scope.MEMORY_WRITE, title="Restore a memory", idempotent=False, tool_set=ToolSet.HISTORY)
def memory_restore(history: MyHistory, id: arg.ToRestore) -> Restored:
    """Bring one memory back from the trash, with its key if that is still free."""
    return Restored(memory=quoted(history.restore(id)))


@requires(
    Scope.MEMORY_READ,
    Scope.MEMORY_WRITE,
    title="Undo what an app wrote",
    destructive=True,
    idempotent=True,
    tool_set=ToolSet.HISTORY,
)
def memory_rollback(
    history: MyHistory,
    confirmations: MyConfirmations,
    app: arg.AppName,
    since: arg.Since,
    namespace: memory_arg.Namespace = None,
    dry_run: arg.DryRun = True,
    confirmation: arg.Token = None,
) -> RolledBack:
    """Undo what one app wrote since an instant: call it as a dry run first and show the person what would happen.

    What the app stored goes to the trash, what it changed is as before, what it deleted returns; so do documents, and
    links. What another app wrote to later is left alone. Like memory_delete_many it is done once the person has agreed.
    """
    plan = history.roll_back(app, since, namespace)
    told = _rolled_back(plan)
    if dry_run:
        return told
    if not plan.is_nothing and not confirmations.holds(confirmation, _planned(plan)):
        counts = ", ".join(f"{count} {doing}" for doing, count in _counts(told).items())
        question = f"Undo what {app} wrote since {since.isoformat(timespec='minutes')} ({counts})?"
        return told.model_copy(update=_to_ask(question, confirmations.token(_planned(plan))))
    return _rolled_back(history.roll_back(app, since, namespace, agreed=plan)).model_copy(update={"done": True})


def _planned(plan: Plan) -> str:
    """Each memory as it was looked at, and what is to be done to it; each link with its versions; each statement."""
    memories = (f"{undo.doing} {undo.memory.id} {undo.memory.updated_at.isoformat()}" for undo in plan.memories)
    links = (" ".join(map(str, edge.ids)) for edge in plan.edges)
    statements = (f"statement {number} of {memory_id}" for memory_id, number in plan.statements)
    return "\n".join((*memories, *links, *statements))


def _counts(told: RolledBack) -> dict[str, int]:
    """As a person is asked about them."""
    others = {"links-as-before": told.links, "statements-withdrawn": told.statements}
    return {**told.counts, **{name: count for name, count in others.items() if count}}


def _rolled_back(plan: Plan) -> RolledBack:
    return RolledBack(
        done=False,
        counts=Counter(undo.doing.value for undo in plan.memories),
        memories=tuple(map(undone, plan.memories[:SHOWN])),
        links=sum(not edge.is_left_alone for edge in plan.edges),
        links_left_alone=sum(edge.is_left_alone for edge in plan.edges),
        statements=len(plan.statements),
        is_more_left=plan.is_more,
        question=None,
        confirmation=None,
    )


@requires(
    Scope.MEMORY_READ,
    Scope.MEMORY_WRITE,
    title="Delete memories by filter",
    destructive=True,
    idempotent=True,
    tool_set=ToolSet.HISTORY,
)
def memory_delete_many(
    history: MyHistory,
    confirmations: MyConfirmations,
    namespace: memory_arg.Namespace = None,
    tags: memory_arg.TagFilter = (),
    kinds: only.Kinds = (),
    app: only.ByApp = None,
    conversation: only.Conversation = None,
    since: Since = None,
    until: Until = None,
    confirmation: arg.Token = None,
) -> DeletedMany:
    """Put every memory that fits a filter into the trash, once the person has agreed; give at least one filter.

    The person is asked through the app where it can ask. Where it cannot, nothing is deleted at first: put the question
    of the answer to the person, and only if they agree call again, with the same filter and the confirmation.
    """
    wanted = Wanted(namespace, tags, kinds, since, until, app, conversation)
    if wanted == Wanted():
        raise ToolError("Give at least one filter: namespace, tags, kinds, app, conversation, since or until.")
    memories, is_more = history.matching(wanted)
    if not memories:
        raise ToolError("No memory that this connection may delete fits that filter. Nothing was deleted.")
    if not confirmations.holds(confirmation, _subject(memories)):
        return _to_confirm(memories, is_more, confirmations.token(_subject(memories)), is_anew=confirmation is not None)
    deleted = history.delete(memories, wanted)
    return _many(memories, is_more).model_copy(update={"deleted": deleted, "kept_in_trash_until": now() + TRASH_KEPT})


def _subject(memories: Sequence[Memory]) -> str:
    """The exact set, and each as it was looked at."""
    return "\n".join(f"{memory.id} {memory.updated_at.isoformat()}" for memory in memories)


def _to_confirm(memories: Sequence[Memory], is_more: bool, token: str, *, is_anew: bool) -> DeletedMany:
    places = ", ".join(f"{count} in {name}" for name, count in _many(memories, is_more).by_namespace.items())
    since = "What fits has changed, or the confirmation is too old. " if is_anew else ""
    question = f"{since}Delete {len(memories)} memories ({places})? They stay in the trash for 30 days."
    return _many(memories, is_more).model_copy(update=_to_ask(question, token))


def _to_ask(question: str, token: str) -> dict[str, str]:
    return {"question": question, "confirmation": token, "advice": ASK_THE_PERSON}


def _many(memories: Sequence[Memory], is_more: bool) -> DeletedMany:
    counts = dict(sorted(Counter(memory.namespace for memory in memories).items()))
    return DeletedMany(
        deleted=0, by_namespace=counts, is_more_left=is_more, kept_in_trash_until=None, question=None, confirmation=None
    )


TOOLS = (memory_history, memory_diff, memory_trash, memory_restore, memory_rollback, memory_delete_many)
