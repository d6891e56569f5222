"""API keys as an administrator sees them, and the few that an administrator may make or replace for others.

Whoever makes a key sees its secret. So administrators make keys that open memories for service accounts alone: what a
person remembers is not theirs to read, and an administrator's own keys are made with their other ones (AS-119).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, not_, or_, true
from sqlmodel import Session, col, select

from auth_server.administration.listed import Window, windowed
from auth_server.administration.live import keys_are_live
from auth_server.administration.text_search import matches_text
from auth_server.keys.api_keys import KeyDraft, NewKey, UnusableKeyError, create_key, rotate_key
from auth_server.models import ApiKey, ApiKeyOrigin, User, UserKind
from shared.scopes import RESOURCE_SCOPES, Scope

GIVABLE = (*RESOURCE_SCOPES, Scope.GATEWAY_MANAGE, Scope.ADMIN)
"""What a key may be given here; `impersonate` is for a command on the server alone."""
MOST_OWNERS = 500
NOT_YOURS = (
    "A key that opens a person's memories is theirs to make, on their own page of API keys. "
    "You can make one for a service account."
)


class KeyState(StrEnum):
    """Which keys to list."""

    LIVE = "live"
    ENDED = "ended"
    ALL = "all"


@dataclass(frozen=True)
class KeyFilter:
    """What to look for; an empty text leaves it open. `search` looks at names of keys and of their owners."""

    search: str = ""
    user_id: str = ""
    state: KeyState = KeyState.LIVE


@dataclass(frozen=True)
class ListedKey:
    """One line of the list."""

    id: str
    name: str
    hint: str
    user_id: str
    owner: str
    owner_kind: UserKind
    origin: ApiKeyOrigin
    scope: str
    is_live: bool
    is_replaced: bool
    """Another key took its place; until it expires both work."""
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


def search_keys(session: Session, window: Window, wanted: KeyFilter) -> list[ListedKey]:
    """Newest first."""
    joined = select(ApiKey, User).join(User).where(*_conditions(wanted))
    found = session.exec(windowed(joined, window, col(ApiKey.created_at), col(ApiKey.id)))
    return [listed_key(key, owner) for key, owner in found]


def make_key(session: Session, owner: User, draft: KeyDraft, *, by: str) -> NewKey:
    """A key of `owner` that the administrator `by` hands over. Raises UnusableKeyError."""
    check_scopes(owner, draft.scopes)
    return create_key(session, owner, draft, by=by)


def replace_key(session: Session, key: ApiKey, *, overlap: timedelta, by: str) -> NewKey:
    """Another secret of the same reach; the earlier one works for `overlap` longer. Raises UnusableKeyError."""
    session.refresh(key, with_for_update=True)
    check_scopes(session.get_one(User, key.user_id), key.scopes)
    return rotate_key(session, key, overlap=overlap, by=by)


def check_scopes(owner: User, scopes: tuple[Scope, ...]) -> None:
    """Whether an administrator may hold a key of `owner` with these scopes. Raises UnusableKeyError."""
    if not scopes:
        raise UnusableKeyError("scope", "Choose at least one thing that the key may do.")
    if not set(scopes) <= set(GIVABLE):
        raise UnusableKeyError("scope", f"A key can be given here: {', '.join(GIVABLE)}.")
    if {Scope.ADMIN, Scope.GATEWAY_MANAGE} & set(scopes) and owner.is_person and not owner.is_admin:
        raise UnusableKeyError("scope", "Only an administrator's key, or a service's, can administer.")
    if owner.is_person and set(scopes) & set(RESOURCE_SCOPES):
        raise UnusableKeyError("scope", NOT_YOURS)


def may_hold(owner: User, scopes: tuple[Scope, ...]) -> bool:
    """Whether an administrator may hold a key of `owner` with these scopes."""
    try:
        check_scopes(owner, scopes)
    except UnusableKeyError:
        return False
    return True


def possible_owners(session: Session) -> list[User]:
    """Services first, then administrators: for whom a key can be made here."""
    can_have = or_(col(User.kind) == UserKind.SERVICE, col(User.is_admin).is_(True))
    named = select(User).where(can_have, col(User.disabled_at).is_(None))
    return list(session.exec(named.order_by(col(User.kind).desc(), col(User.name), col(User.email)).limit(MOST_OWNERS)))


def listed_key(key: ApiKey, owner: User) -> ListedKey:
    """The one line of this key."""
    return ListedKey(
        id=key.id,
        name=key.name,
        hint=key.hint,
        user_id=key.user_id,
        owner=owner.email if owner.is_person else owner.name,
        owner_kind=UserKind(owner.kind),
        origin=ApiKeyOrigin(key.origin),
        scope=key.scope,
        is_live=key.is_live(),
        is_replaced=key.replaced_by is not None,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


def _conditions(wanted: KeyFilter) -> list[ColumnElement[bool]]:
    live = and_(*keys_are_live())
    states = {KeyState.LIVE: live, KeyState.ENDED: not_(live), KeyState.ALL: true()}
    return [
        states[wanted.state],
        matches_text(wanted.search, col(ApiKey.name), col(User.email), col(User.name)),
        col(ApiKey.user_id) == wanted.user_id if wanted.user_id else true(),
    ]
