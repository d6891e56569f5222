"""The change feed: a resource server waits here for news of grants that changed, and of accounts to be erased."""

import json
import time
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from auth_server.dependencies import ServicesDep
from auth_server.grants import GrantState, changes_after, newest_change
from auth_server.membership.erasures import UnusableFactsError, acknowledge, erasures_to_tell
from auth_server.resource_servers import find_resource_server
from auth_server.services import Services
from auth_server.web.refused_requests import RefusedRequestError
from auth_server.web.request_bodies import read_body
from shared.database import unit_of_work
from shared.database_version import DatabaseVersion
from shared.refusals import Reason, Step

router = APIRouter()
LONGEST_WAIT = 25
POLL_SECONDS = 0.25
MAX_BODY = 16 * 1024
LARGEST_SEQUENCE = 2**63 - 1
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="ostiary resource server"'}


@router.get("/internal/changes")
async def changes(
    request: Request,
    services: ServicesDep,
    after: Annotated[int | None, Query(ge=0, le=LARGEST_SEQUENCE)] = None,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0,
) -> Response:
    """`{"sequence": n, "changes": [{"grant_id", "revision", "state"}], "erasures": [{"id", "user_id"}]}`.

    Without `after`, where the feed stands now, and every erasure there ever was; else those not acknowledged yet.

    Waits up to `wait` seconds for a change, less when this server ends; no session is held meanwhile, and nothing is
    read until somebody has committed something. A `sequence` below `after`, told at once, says that the database was
    taken back and another history begins.
    """
    authorization = request.headers.get("authorization", "")
    version: DatabaseVersion = request.app.state.database_version
    seen = version.now()
    news = await anyio.to_thread.run_sync(read_changes, services, authorization, after)
    deadline = time.monotonic() + wait
    while news["sequence"] == after and time.monotonic() < deadline and not services.ending.is_set():
        await anyio.sleep(POLL_SECONDS)
        if await request.is_disconnected():
            break
        before, seen = seen, version.now()
        if seen is not None and seen == before:
            continue
        news = await anyio.to_thread.run_sync(read_changes, services, authorization, after)
    return JSONResponse(news, headers={"Cache-Control": "no-store"})


def read_changes(services: Services, authorization: str, after: int | None) -> dict[str, Any]:
    """One look at the table; the credential counts anew at every look. Raises RefusedRequestError 401."""
    with unit_of_work(services.engine, read_only=True) as session:
        _require_resource_server(session, authorization)
        found = changes_after(session, after) if after is not None else []
        newest = newest_change(session)
        is_first = after is None or newest < after
        told = [
            {"grant_id": one.grant_id, "revision": one.revision, "state": one.state}
            for one in found
            if one.state != GrantState.ERASED
        ]
        erasures = [
            {"id": one.id, "user_id": one.user_id} for one in erasures_to_tell(session, found, is_first=is_first)
        ]
        return {"sequence": found[-1].sequence if found else newest, "changes": told, "erasures": erasures}


@router.post("/internal/erasures/{erasure_id}")
async def acknowledge_erasure(erasure_id: str, request: Request, services: ServicesDep) -> Response:
    """The resource server says what it destroyed, as a flat JSON object; saying it again changes nothing."""
    body = await read_body(request, MAX_BODY)
    authorization = request.headers.get("authorization", "")
    await anyio.to_thread.run_sync(_acknowledge, services, authorization, erasure_id, body)
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


def _acknowledge(services: Services, authorization: str, erasure_id: str, body: bytes) -> None:
    with unit_of_work(services.engine) as session:
        _require_resource_server(session, authorization)
        try:
            is_known = acknowledge(session, erasure_id, json.loads(body))
        except (UnusableFactsError, ValueError):
            description = "The facts must be a small, flat JSON object."
            raise RefusedRequestError(Step.CALL, Reason.REQUEST_MALFORMED, 400, description) from None
        if not is_known:
            raise HTTPException(404)


def _require_resource_server(session: Session, authorization: str) -> None:
    if find_resource_server(session, authorization) is None:
        description = "Only a resource server may ask or tell this."
        raise RefusedRequestError(Step.CALL, Reason.RESOURCE_SERVER_UNKNOWN, 401, description, CHALLENGE)
