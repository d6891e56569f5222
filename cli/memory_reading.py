"""`ostiary memory list` and `search`: what a person's memory holds, by the very tools that apps call."""

from typing import Annotated

import typer

from cli.failures import stop
from cli.memory_person import Person, open_person
from cli.memory_printing import print_found, print_listed
from cli.memory_vaults import OneUser
from cli.options import AsJson, DataDir
from resource_server.context.caller import ToolError
from resource_server.context.memories import MyMemories
from resource_server.memory.records import StoreBusyError
from resource_server.tools import finding as tools
from resource_server.tools.finding_answers import Found
from resource_server.tools.memory_answers import Listed
from shared.authorization_details import is_namespace

Query = Annotated[str, typer.Argument(help="What to look for, in any words.")]
InNamespace = Annotated[str | None, typer.Option("--namespace", help="This namespace alone.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Only memories with this label; repeatable.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=50, help="How many at most.")]
Cursor = Annotated[str | None, typer.Option("--cursor", help="Continues a list where the page before ended.")]


def list_memories(
    user: OneUser,
    namespace: InNamespace = None,
    tag: Tags = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List what a person's memory holds, newest first, a page at a time."""
    with open_person(user, data_dir) as person:
        try:
            listed = _listed(person, _checked(namespace), tuple(tag or ()), cursor, limit)
        except (ToolError, StoreBusyError) as wrong:
            stop(str(wrong) or "another process keeps the vault locked; try again")
    print_listed(listed, as_json=as_json)


def search(
    query: Query,
    user: OneUser,
    namespace: InNamespace = None,
    tag: Tags = None,
    limit: Limit = 5,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Search a person's memory as memory_search does, with why each was found."""
    if not query.strip():
        stop("say what to look for")
    with open_person(user, data_dir) as person:
        try:
            found = _found(person, query, _checked(namespace), tuple(tag or ()), limit)
        except (ToolError, StoreBusyError) as wrong:
            stop(str(wrong) or "another process keeps the vault locked; try again")
    print_found(found, as_json=as_json)


def _listed(person: Person, namespace: str | None, tags: tuple[str, ...], cursor: str | None, limit: int) -> Listed:
    """Asking makes no vault."""
    if not person.stores.vault_of(person.user_id).exists:
        return Listed(memories=(), next_cursor=None)
    memories = MyMemories(person.stores, person.caller, "memory_list")
    return tools.memory_list(memories, namespace=namespace, tags=tags, cursor=cursor, limit=limit)


def _found(person: Person, query: str, namespace: str | None, tags: tuple[str, ...], limit: int) -> Found:
    if not person.stores.vault_of(person.user_id).exists:
        return Found(results=())
    memories = MyMemories(person.stores, person.caller, "memory_search")
    return tools.memory_search(memories, query, namespace=namespace, tags=tags, limit=limit)


def _checked(namespace: str | None) -> str | None:
    if namespace is not None and not is_namespace(namespace):
        stop(f"{namespace} is no namespace: lower-case letters, digits and hyphens")
    return namespace
