"""The change feed: a resource server waits here for news of grants that were edited or revoked."""

import time
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from auth_server.dependencies import ServicesDep
from auth_server.grants import changes_after, newest_change
from auth_server.refused_requests import RefusedRequestError
from auth_server.resource_servers import find_resource_server
from auth_server.services import Services
from shared.database import unit_of_work
from shared.refusals import Reason, Step

router = APIRouter()
LONGEST_WAIT = 25
POLL_SECONDS = 0.25
LARGEST_SEQUENCE = 2**63 - 1
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="ostiary resource server"'}


@router.get("/internal/changes")
async def changes(
    request: Request,
    services: ServicesDep,
    after: Annotated[int | None, Query(ge=0, le=LARGEST_SEQUENCE)] = None,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0,
) -> Response:
    """`{"sequence": n, "changes": [{"grant_id", "revision", "state"}]}`; without `after`, where the feed stands now.

    Waits up to `wait` seconds for a change, less when this server ends; no session is held meanwhile. A `sequence`
    below `after`, told at once, says that the database was taken back and another history begins.
    """
    authorization = request.headers.get("authorization", "")
    news = await anyio.to_thread.run_sync(read_changes, services, authorization, after)
    deadline = time.monotonic() + wait
    while news["sequence"] == after and time.monotonic() < deadline and not services.ending.is_set():
        await anyio.sleep(POLL_SECONDS)
        if await request.is_disconnected():
            break
        news = await anyio.to_thread.run_sync(read_changes, services, authorization, after)
    return JSONResponse(news, headers={"Cache-Control": "no-store"})


def read_changes(services: Services, authorization: str, after: int | None) -> dict[str, Any]:
    """One look at the table; the credential counts anew at every look. Raises RefusedRequestError 401."""
    with unit_of_work(services.engine, read_only=True) as session:
        if find_resource_server(session, authorization) is None:
            description = "Only a resource server may read the change feed."
            raise RefusedRequestError(Step.CALL, Reason.RESOURCE_SERVER_UNKNOWN, 401, description, CHALLENGE)
        if after is None:
            return {"sequence": newest_change(session), "changes": []}
        found = changes_after(session, after)
        told = [{"grant_id": one.grant_id, "revision": one.revision, "state": one.state} for one in found]
        return {"sequence": found[-1].sequence if found else newest_change(session), "changes": told}
