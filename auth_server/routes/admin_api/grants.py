"""Connections: whose, with which app, how far they reach, and their end."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from sqlmodel import Session

from auth_server.administration.grants import (
    GrantFilter,
    State,
    describe_grant,
    revoke_all,
    revoke_by_administrator,
    search_grants,
)
from auth_server.administrators import ApiAdmin
from auth_server.dependencies import SessionDep
from auth_server.grants import find_grant
from auth_server.models import Grant
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.admin_api.windows import answered, window
from auth_server.routes.admin_api.wire import Filter, Listed, PagingQuery, WireModel, not_found, unusable

router = api_router("grants")


class WireGrant(WireModel):
    """A connection. What it reaches is counted: names of namespaces are the person's own."""

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
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime
    revoked_at: datetime | None


class WireWhose(WireModel):
    """Every connection of a person, of an app, or of that person with that app."""

    user_id: str = ""
    client_id: str = ""


class WireRevoked(WireModel):
    """How many lived until now."""

    revoked: int


@router.get("/grants")
def list_grants(
    session: SessionDep,
    paging: PagingQuery,
    q: Filter = "",
    user_id: Filter = "",
    client_id: Filter = "",
    state: Annotated[State, Query(description="Which of them.")] = State.LIVE,
) -> Listed[WireGrant]:
    """Newest first; `q` looks at people and apps."""
    rows = search_grants(session, window(paging), GrantFilter(q, user_id, client_id, state))
    return answered(rows, paging, WireGrant.model_validate, lambda row: row.id)


@router.post("/grants/revoke-all")
def revoke_many(body: WireWhose, session: SessionDep, admin: ApiAdmin) -> WireRevoked:
    """Ends all of a person's, of an app's, or of both."""
    if not body.user_id and not body.client_id:
        raise unusable("Name a user_id, a client_id, or both.")
    ended = revoke_all(session, user_id=body.user_id, client_id=body.client_id, by=admin.subject)
    return WireRevoked(revoked=ended)


@router.get("/grants/{grant_id}")
def get_grant(grant_id: str, session: SessionDep) -> WireGrant:
    """One connection."""
    return WireGrant.model_validate(describe_grant(session, _known(session, grant_id)))


@router.post("/grants/{grant_id}/revoke")
def revoke(grant_id: str, session: SessionDep, admin: ApiAdmin) -> WireGrant:
    """Ends it; within five seconds nothing it allowed works any more."""
    grant = _known(session, grant_id)
    revoke_by_administrator(session, grant, by=admin.subject)
    return WireGrant.model_validate(describe_grant(session, grant))


def _known(session: Session, grant_id: str) -> Grant:
    grant = find_grant(session, grant_id)
    if grant is None:
        raise not_found("grant")
    return grant
