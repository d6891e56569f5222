"""What the vault of a shared namespace says, in the words of one member: their name for it, and who of them wrote."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from resource_server.memory.records import Author, Stats

T = TypeVar("T")
AuthorOf = Callable[[Author], Author]
"""Who wrote, as the member is told."""


def told(found: T, name: str, author_of: AuthorOf) -> T:
    """`found` with every namespace in it called `name`, and every author as `author_of` tells them.

    It goes through records, tuples, lists and the values of mappings, so that a record of tomorrow is told too.
    """
    return cast("T", _told(found, name, author_of))


def _told(found: Any, name: str, author_of: AuthorOf) -> Any:
    if isinstance(found, tuple | list):
        return type(found)(_told(one, name, author_of) for one in found)
    if isinstance(found, Mapping):
        return {key: _told(one, name, author_of) for key, one in found.items()}
    if isinstance(found, Author):
        return author_of(found)
    if isinstance(found, Stats):
        count = sum(found.by_namespace.values())
        return replace(found, by_namespace={name: count} if count else {})
    return _record(found, name, author_of) if is_dataclass(found) else found


def _record(found: Any, name: str, author_of: AuthorOf) -> Any:
    values = {one.name: _told(getattr(found, one.name), name, author_of) for one in fields(found)}
    return replace(found, **(values | {"namespace": name} if "namespace" in values else values))
