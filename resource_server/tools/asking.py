"""What a call asks and what it was answered, as the ledger tells it: the same for every tool there is or will be."""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from resource_server.context.caller import Caller
from resource_server.memory.asked import Asked
from resource_server.memory.ledger import MAX_IDS, Action, Entry
from resource_server.memory.records import Author
from resource_server.tools.requires import Policy
from shared.clock import now
from shared.scopes import Scope

Recorder = Callable[[str, Entry], None]
"""Takes an entry into the ledger of a person, and does not wait."""

_ENCODER = json.JSONEncoder(default=str, ensure_ascii=False)

LONGEST = 500
UNTOLD = frozenset({"namespace", "namespaces", "limit", "cursor"})
"""Told elsewhere in an entry, or telling nothing."""

TOLD_OF_WRITES = frozenset({"query", "key", "id", "ids", "app", "since", "until", "relation", "batch"})
"""What an entry repeats of a write: which memories it was about. Their content lies in the memories, and goes with
them; an entry that repeated it would outlive them."""

CONTENT = frozenset(
    {"text", "metadata", "value", "content", "key", "tags", "title", "origin", "headings", "app", "name"}
)
"""What apps wrote or call themselves: an id in it is no memory that was answered."""

MEMORY_ID = re.compile(r"mem_[0-9a-z]{26}")


def asked_by(given: Mapping[str, object], policy: Policy, caller: Caller) -> Asked:
    """The question of a call, from the arguments that were given."""
    told = {
        name: value
        for name, value in given.items()
        if value is not None and name not in UNTOLD and (policy.read_only or name in TOLD_OF_WRITES)
    }
    return Asked(_sentence(told), _namespaces(given, policy, caller), policy.read_only)


def recorded(asked: Asked, answer: dict[str, object], caller: Caller, tool: str) -> Entry | None:
    """The entry of a call that was answered; None where the transaction of its write holds it already.

    What was written to shared namespaces is told here, for their vaults are not the person's.
    """
    if asked.is_recorded and not asked.only_reads and not asked.elsewhere:
        return None
    action = Action.WRITE if asked.has_written and not asked.only_reads else Action.READ
    author = Author(caller.client_id, caller.grant_id, tool, caller.client_name, caller.session_id)
    ids = tuple(dict.fromkeys(_ids_in(answer)))[:MAX_IDS]
    return Entry(now(), action, asked.question, asked.namespaces or asked.elsewhere, ids, author)


def called(name: str, arguments: Mapping[str, object], caller: Caller) -> Entry:
    """The entry of a call that another server got, with what it was told."""
    author = Author(caller.client_id, caller.grant_id, name, caller.client_name, caller.session_id)
    return Entry(now(), Action.CALL, _sentence(arguments), (), (), author)


def _sentence(told: Mapping[str, object]) -> str:
    """A query as it was said; several arguments with their names."""
    if told.keys() == {"query"}:
        return _cut(_words(told["query"]))
    return _cut("; ".join([f"{name}: {_words(value)}" for name, value in told.items()]))


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else _ENCODER.encode(value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _namespaces(given: Mapping[str, object], policy: Policy, caller: Caller) -> tuple[str, ...]:
    """Those named, else all that a reading reaches; a write is told by what it changed."""
    named = [value for name in ("namespace", "namespaces") for value in _several(given.get(name))]
    if named:
        return tuple(named)
    return caller.access.read.listed() if policy.read_only and Scope.MEMORY_READ in policy.scopes else ()


def _several(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(one) for one in value) if isinstance(value, tuple | list) else ()


def _ids_in(value: object) -> Iterator[str]:
    """The ids of memories in an answer, in its order; what people wrote is not looked into."""
    if isinstance(value, str) and MEMORY_ID.fullmatch(value):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            if name not in CONTENT:
                yield from _ids_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _ids_in(one)
