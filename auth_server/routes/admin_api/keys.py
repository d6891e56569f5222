"""API keys of everybody: found, made for services and administrators, replaced, ended. The key itself is shown once."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field
from sqlmodel import Session

from auth_server.administration.keys import (
    KeyFilter,
    KeyState,
    listed_key,
    make_key,
    replace_key,
    search_keys,
)
from auth_server.administrators import ApiAdmin
from auth_server.dependencies import SessionDep
from auth_server.keys.api_keys import KeyDraft, NewKey, UnusableKeyError, delete_key, revoke_key
from auth_server.models import ApiKey, ApiKeyOrigin, User, UserKind
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.admin_api.windows import answered, window
from auth_server.routes.admin_api.wire import Filter, Listed, PagingQuery, Text, WireModel, not_found, unusable
from shared.authorization_details import Detail
from shared.scopes import Scope

router = api_router("keys")
Seconds = Annotated[int, Field(ge=0, le=30 * 24 * 60 * 60)]


class WireKey(WireModel):
    """A key, without its secret."""

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
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class WireNewKey(WireKey):
    """A key that was just made, and what nobody sees again."""

    key: str


class WireKeyDraft(WireModel):
    """A key before it exists: for a service account, or with the scope admin alone for an administrator."""

    user_id: Text
    name: Text
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    authorization_details: tuple[Detail, ...] = ()
    lifetime_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class WireOverlap(WireModel):
    """How long the earlier key works too."""

    overlap_seconds: Seconds = 0


@router.get("/keys")
def list_keys(
    session: SessionDep,
    paging: PagingQuery,
    q: Filter = "",
    user_id: Filter = "",
    state: Annotated[KeyState, Query(description="Which of them.")] = KeyState.LIVE,
) -> Listed[WireKey]:
    """Newest first; `q` looks at names of keys and of their owners."""
    rows = search_keys(session, window(paging), KeyFilter(q, user_id, state))
    return answered(rows, paging, WireKey.model_validate, lambda row: row.id)


@router.post("/keys", status_code=201)
def create_key(body: WireKeyDraft, session: SessionDep, admin: ApiAdmin) -> WireNewKey:
    """A key for somebody."""
    owner = session.get(User, body.user_id)
    if owner is None:
        raise unusable("user_id: there is no person with this id.")
    lifetime = timedelta(days=body.lifetime_days) if body.lifetime_days is not None else None
    scopes = tuple(scope for scope in Scope if scope in body.scopes)
    draft = KeyDraft(body.name, scopes, body.authorization_details, lifetime, ApiKeyOrigin.ADMINISTRATOR)
    try:
        return _shown_once(session, make_key(session, owner, draft, by=admin.subject))
    except UnusableKeyError as wrong:
        raise unusable(f"{wrong.field}: {wrong}") from wrong


@router.get("/keys/{key_id}")
def get_key(key_id: str, session: SessionDep) -> WireKey:
    """One key."""
    return _shown(session, _known(session, key_id))


@router.post("/keys/{key_id}/revoke")
def revoke(key_id: str, session: SessionDep, admin: ApiAdmin) -> WireKey:
    """Ends it and keeps its history."""
    key = _known(session, key_id)
    revoke_key(session, key, by=admin.subject)
    return _shown(session, key)


@router.post("/keys/{key_id}/rotate", status_code=201)
def rotate(key_id: str, body: WireOverlap, session: SessionDep, admin: ApiAdmin) -> WireNewKey:
    """Another key of the same reach."""
    key = _known(session, key_id)
    try:
        made = replace_key(session, key, overlap=timedelta(seconds=body.overlap_seconds), by=admin.subject)
    except UnusableKeyError as wrong:
        raise unusable(str(wrong)) from wrong
    return _shown_once(session, made)


@router.delete("/keys/{key_id}", status_code=204, response_class=Response)
def delete(key_id: str, session: SessionDep, admin: ApiAdmin) -> None:
    """Ends it and forgets it."""
    delete_key(session, _known(session, key_id), by=admin.subject)


def _known(session: Session, key_id: str) -> ApiKey:
    key = session.get(ApiKey, key_id)
    if key is None:
        raise not_found("key")
    return key


def _shown(session: Session, key: ApiKey) -> WireKey:
    return WireKey.model_validate(listed_key(key, session.get_one(User, key.user_id)))


def _shown_once(session: Session, made: NewKey) -> WireNewKey:
    return WireNewKey(**_shown(session, made.key).model_dump(), key=made.secret)
