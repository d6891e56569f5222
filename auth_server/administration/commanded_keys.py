"""API keys by commands on the server: for whom, how far they reach, and which key a name means (K14 to K19).

Whoever runs a command here could read the database: so a command may make a key for anybody, and is the one place that
gives `impersonate`, to service accounts alone.
"""

from collections.abc import Collection, Iterable, Sequence

from sqlmodel import Session, col, select

from auth_server.keys.api_keys import UnusableKeyError
from auth_server.keys.service_accounts import service_account
from auth_server.models import ApiKey, User, UserKind
from auth_server.people import find_user
from shared.authorization_details import (
    ALL,
    DEFAULT_NAMESPACE,
    Details,
    MemoryAccess,
    NamespaceSet,
    is_namespace,
    memory_details,
)
from shared.scopes import DEFAULT_SCOPES, RESOURCE_SCOPES, Scope
from shared.server_access import NO_SERVER, ServerAccess
from shared.tool_sets import STANDARD, ToolSet

GIVABLE = (*RESOURCE_SCOPES, Scope.GATEWAY_MANAGE, Scope.ADMIN, Scope.IMPERSONATE)
BY = "command"


class UnclearKeyError(ValueError):
    """What was named is nobody, no key, or several; the text is a sentence for people."""


def key_owner(session: Session, user: str = "", service: str = "") -> User:
    """By e-mail address or id, or the service account of that name, made if need be; nobody named is the only person.

    Raises UnclearKeyError and InvalidServiceNameError.
    """
    if user and service:
        raise UnclearKeyError("name a person with --user or a service with --service, not both")
    if service:
        return service_account(session, service, by=BY)
    return known_user(session, user) if user else _only_person(session)


def known_user(session: Session, user: str) -> User:
    """Somebody with an account here. Raises UnclearKeyError."""
    found = session.get(User, user) or find_user(session, user) if user.isprintable() else None
    if found is None:
        raise UnclearKeyError(f"nobody here has the e-mail address or id {user!r}")
    return found


def reach_of(
    owner: User,
    scopes: Iterable[str],
    namespaces: Iterable[str],
    tools: Collection[ToolSet] = (),
    servers: ServerAccess = NO_SERVER,
) -> tuple[tuple[Scope, ...], Details]:
    """What was typed; without scopes reading and writing, without namespaces `personal`, for a service everything.

    Without sets of tools those that every new app has; single memories are reached with any. Whoever names `servers`
    need not name their scope.

    Raises UnusableKeyError.
    """
    wanted = _with_servers(_scopes(owner, tuple(scopes)), servers)
    named = tuple(namespaces) or ((ALL,) if not owner.is_person else (DEFAULT_NAMESPACE,))
    for name in named:
        if name != ALL and not is_namespace(name):
            raise UnusableKeyError("namespace", f"{name!r} is no namespace: lower-case letters, digits and hyphens.")
    chosen, nothing = NamespaceSet.of(*named), NamespaceSet()
    access = MemoryAccess(
        read=chosen if Scope.MEMORY_READ in wanted else nothing,
        write=chosen if Scope.MEMORY_WRITE in wanted else nothing,
        tools=frozenset(tools) | {ToolSet.MEMORY} if tools else STANDARD,
        servers=servers,
    )
    return wanted, memory_details(access)


def keys_named(
    session: Session, *, name: str = "", key_id: str = "", owner: User | None = None, live_only: bool = True
) -> Sequence[ApiKey]:
    """The key of this id, or those of one owner that have this name: the newest first, living before ended.

    Raises UnclearKeyError for no key, and for a name that keys of several owners have.
    """
    if bool(name) == bool(key_id):
        raise UnclearKeyError("name the key with --name, or with --id")
    condition = ApiKey.id == key_id if key_id else ApiKey.name == " ".join(name.split())
    if not (name + key_id).isprintable():
        raise UnclearKeyError("no key has such a name or id")
    found = session.exec(select(ApiKey).where(condition).order_by(col(ApiKey.created_at).desc(), col(ApiKey.id))).all()
    own = [key for key in found if owner is None or key.user_id == owner.id]
    living = [key for key in own if key.is_live()]
    meant = living or ([] if live_only else own)
    if not meant:
        raise UnclearKeyError(f"no key that works is called {name or key_id!r}; `ostiary keys list` shows them all")
    if len({key.user_id for key in meant}) > 1:
        raise UnclearKeyError(
            f"several people have a key called {name!r}: add --user, or --service, or name it by --id"
        )
    return meant


def _scopes(owner: User, texts: tuple[str, ...]) -> tuple[Scope, ...]:
    named = {part for text in texts for part in text.split()}
    unknown = named - {scope.value for scope in GIVABLE}
    if unknown:
        raise UnusableKeyError("scope", f"A key can have the scopes {', '.join(GIVABLE)}.")
    wanted = tuple(scope for scope in Scope if scope.value in named) or DEFAULT_SCOPES
    if Scope.IMPERSONATE in wanted and owner.is_person:
        raise UnusableKeyError("scope", "Only a service may act for others: name one with --service.")
    if {Scope.ADMIN, Scope.GATEWAY_MANAGE} & set(wanted) and owner.is_person and not owner.is_admin:
        raise UnusableKeyError("scope", f"{owner.email} is no administrator, so no key of theirs can be one.")
    return wanted


def _with_servers(wanted: tuple[Scope, ...], servers: ServerAccess) -> tuple[Scope, ...]:
    if Scope.GATEWAY_CALL in wanted and not servers:
        raise UnusableKeyError("server", "Say which servers it may use with --server, * for all.")
    named = {*wanted, Scope.GATEWAY_CALL} if servers else {*wanted}
    return tuple(scope for scope in Scope if scope in named)


def _only_person(session: Session) -> User:
    people = session.exec(select(User).where(User.kind == UserKind.PERSON).limit(2)).all()
    if not people:
        raise UnclearKeyError("nobody has an account here yet; `ostiary users create` makes one")
    if len(people) > 1:
        raise UnclearKeyError("several people have an account here: say whose key it is with --user or --service")
    return people[0]
