"""The tools that keep memories: store, update, delete, stats."""

from datetime import datetime, timedelta

from resource_server.context.caller import ToolError
from resource_server.context.memories import MyMemories
from resource_server.memory.purging import TRASH_KEPT
from resource_server.memory.records import Changes, Draft, Kept, Source
from resource_server.tools import keeping_arguments as keeping
from resource_server.tools import memory_arguments as arg
from resource_server.tools.conversation_arguments import Kind
from resource_server.tools.instants import AsOf
from resource_server.tools.memory_answers import NOTICE, Counts, Deleted, Saved, quoted
from resource_server.tools.naming import named_one
from resource_server.tools.requires import requires
from shared.clock import now
from shared.scopes import Scope

WORKING_LIFE = timedelta(days=1)


@requires(Scope.MEMORY_WRITE, title="Save a memory", may_wait=True)
def memory_store(
    memories: MyMemories,
    text: arg.Text,
    namespace: arg.NamespaceToWrite = None,
    key: arg.Key = None,
    tags: arg.Tags = (),
    importance: arg.Importance = 0.5,
    metadata: arg.Metadata = None,
    scope: arg.Lifespan = "persistent",
    ttl_seconds: arg.TtlSeconds = None,
    agent_name: arg.AgentName = None,
    source: keeping.SourceOfWords = "written",
    idempotency_key: keeping.IdempotencyKey = None,
    kind: Kind = "note",
    entities: keeping.Entities = (),
) -> Saved:
    """Remember something about the person or their work, so that any app they connect can recall it later.

    With a key, a later call with the same key and namespace replaces the memory; without one, saying the same again
    changes nothing.
    """
    place, ends = memories.reach.writing_to(namespace), _end(scope, ttl_seconds)
    more = (metadata or {}) | ({"agent_name": agent_name} if agent_name not in (None, "global") else {})
    about = keeping.named(entities)
    draft = Draft(place, text, key, tags, importance, more, ends, kind=kind, source=Source(source), entities=about)
    kept = memories.keep(draft, idempotency_key)
    return _kept(kept) if draft.namespace in memories.reach.readable else _unread(draft, waits=kept.waits)


@requires(Scope.MEMORY_READ, Scope.MEMORY_WRITE, title="Change a memory", destructive=True, idempotent=True)
def memory_update(
    memories: MyMemories,
    id: arg.MemoryId = None,
    key: arg.Key = None,
    namespace: arg.Namespace = None,
    text: arg.NewText = None,
    tags: arg.NewTags = None,
    importance: arg.NewImportance = None,
    metadata: arg.NewMetadata = None,
    ttl_seconds: arg.TtlSeconds = None,
    still_true: keeping.StillTrue = False,
    entities: keeping.NewEntities = None,
) -> Saved:
    """Change parts of one memory, named by id or by key; what is left out stays as it is."""
    about = None if entities is None else keeping.named(entities)
    ends = _end("persistent", ttl_seconds)
    changes = Changes(text, tags, importance, metadata, expires_at=ends, stands=still_true, entities=about)
    if changes == Changes():
        raise ToolError("Nothing to change: give at least one of text, tags, importance, metadata, entities and so on.")
    return _kept(Kept(memories.update(named_one(memories, id, key, namespace), changes), created=False))


@requires(Scope.MEMORY_READ, Scope.MEMORY_WRITE, title="Delete a memory", destructive=True, idempotent=True)
def memory_delete(
    memories: MyMemories,
    id: arg.MemoryId = None,
    key: arg.Key = None,
    namespace: arg.Namespace = None,
) -> Deleted:
    """Put one memory, named by id or by key, into the trash: no app finds it, and after 30 days it is gone for good."""
    memory = memories.delete(named_one(memories, id, key, namespace))
    return Deleted(id=memory.id, namespace=memory.namespace, kept_in_trash_until=now() + TRASH_KEPT)


@requires(Scope.MEMORY_READ, title="Count memories")
def memory_stats(memories: MyMemories, namespace: arg.Namespace = None, as_of: AsOf = None) -> Counts:
    """How much is remembered, or was: memories by namespace, in the trash, characters, oldest and newest."""
    stats = memories.stats(namespace, as_of)
    return Counts(
        total=sum(stats.by_namespace.values()),
        by_namespace=stats.by_namespace,
        in_trash=stats.trashed,
        characters=stats.characters,
        oldest=stats.oldest,
        newest=stats.newest,
    )


def _end(scope: str, ttl_seconds: int | None) -> datetime | None:
    if ttl_seconds is not None:
        return now() + timedelta(seconds=ttl_seconds)
    return now() + WORKING_LIFE if scope == "working" else None


def _kept(kept: Kept) -> Saved:
    memory = kept.memory
    return Saved(
        id=memory.id,
        created=kept.created,
        namespace=memory.namespace,
        key=memory.key,
        updated_at=memory.updated_at,
        expires_at=memory.expires_at,
        waits_for_person=kept.waits,
        replaces=tuple(map(quoted, kept.replaces)),
        notice=NOTICE if kept.replaces else None,
    )


def _unread(draft: Draft, *, waits: bool) -> Saved:
    """Where nothing may be read, the answer holds what was asked for and nothing of what was there."""
    return Saved(
        id=None,
        created=None,
        namespace=draft.namespace,
        key=draft.key,
        updated_at=now(),
        expires_at=draft.expires_at,
        waits_for_person=waits,
    )


TOOLS = (memory_store, memory_update, memory_delete, memory_stats)
