"""Connections as an administrator sees them: whose, with which app, how far they reach; never what was remembered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, not_, true
from sqlmodel import Session, and_, col, select

from auth_server.administration.listed import Window, windowed
from auth_server.administration.live import grants_are_live
from auth_server.administration.reach import reach, tool_sets
from auth_server.administration.text_search import matches_text
from auth_server.client_identity import plain
from auth_server.client_snapshots import approved_name
from auth_server.grants import revoke_grant
from auth_server.models import Client, Grant, User

BY_ADMINISTRATOR = "revoked by an administrator"


class State(StrEnum):
    """Which connections to list."""

    LIVE = "live"
    ENDED = "ended"
    ALL = "all"


@dataclass(frozen=True)
class GrantFilter:
    """What to look for; an empty text leaves it open. `search` looks at people and apps."""

    search: str = ""
    user_id: str = ""
    client_id: str = ""
    state: State = State.LIVE


@dataclass(frozen=True)
class ListedGrant:
    """One line of the list. `user_id` and `person` are empty for what an app may do in its own name."""

    id: str
    user_id: str
    person: str
    client_id: str
    app: str
    scope: str
    reach: str
    tool_sets: tuple[str, ...]
    is_live: bool
    is_shut_out: bool
    """It lives, and works again once the person is enabled or the app unblocked."""
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime
    revoked_at: datetime | None


def search_grants(session: Session, window: Window, wanted: GrantFilter) -> list[ListedGrant]:
    """Newest first."""
    joined = select(Grant, Client, User).join(Client).outerjoin(User).where(*_conditions(wanted))
    found = session.exec(windowed(joined, window, col(Grant.created_at), col(Grant.id)))
    return [_listed(grant, client, user) for grant, client, user in found]


def describe_grant(session: Session, grant: Grant) -> ListedGrant:
    """The one line of this connection."""
    user = session.get(User, grant.user_id) if grant.user_id is not None else None
    return _listed(grant, session.get_one(Client, grant.client_id), user)


def revoke_by_administrator(session: Session, grant: Grant, *, by: str | None = None) -> None:
    """Ends the connection within seconds; doing so twice changes nothing."""
    revoke_grant(session, grant, BY_ADMINISTRATOR, by=by)
    session.flush()


def revoke_all(session: Session, *, user_id: str = "", client_id: str = "", by: str | None = None) -> int:
    """Ends every connection of a person, of an app, or of that person with that app; gives how many lived.

    Those whose code was not redeemed yet end too. Nothing is ended where neither is named.
    """
    if not user_id and not client_id:
        return 0
    named = _conditions(GrantFilter(user_id=user_id, client_id=client_id, state=State.ALL))
    held = session.exec(select(Grant).join(Client).outerjoin(User).where(*named, col(Grant.revoked_at).is_(None))).all()
    live = sum(grant.is_live() and grant.activated_at is not None for grant in held)
    for grant in held:
        revoke_by_administrator(session, grant, by=by)
    return live


def _conditions(wanted: GrantFilter) -> list[ColumnElement[bool]]:
    live = and_(*grants_are_live())
    states = {State.LIVE: live, State.ENDED: not_(live), State.ALL: true()}
    return [
        states[wanted.state],
        matches_text(wanted.search, col(User.email), col(User.name), col(Client.client_name), col(Client.client_id)),
        col(Grant.user_id) == wanted.user_id if wanted.user_id else true(),
        col(Grant.client_id) == wanted.client_id if wanted.client_id else true(),
    ]


def _listed(grant: Grant, client: Client, user: User | None) -> ListedGrant:
    is_live = grant.is_live() and grant.activated_at is not None
    is_out = client.blocked_at is not None or (user is not None and user.disabled_at is not None)
    return ListedGrant(
        id=grant.id,
        user_id=grant.user_id or "",
        person=(user.email if user.is_person else user.name) if user is not None else "",
        client_id=grant.client_id,
        app=plain(approved_name(grant, client)) or client.client_id,
        scope=grant.scope,
        reach=reach(grant.details),
        tool_sets=tool_sets(grant.details),
        is_live=is_live,
        is_shut_out=is_live and is_out,
        created_at=grant.created_at,
        last_used_at=grant.last_used_at,
        expires_at=grant.expires_at,
        revoked_at=grant.revoked_at,
    )
