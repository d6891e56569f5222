"""`POST /internal/activity`: the MCP server tells how often it was called and refused; about whom it does not say."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from auth_server.dependencies import SessionDep
from auth_server.operation.activity_counts import CountingServer, add_counts
from auth_server.resource_servers import find_resource_server
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.changes import CHALLENGE
from auth_server.web.refused_requests import RefusedRequestError
from shared.activity import MOST, Count, Counted
from shared.clock import now
from shared.refusals import Reason, Step

router = api_router("internal")
OLDEST = timedelta(days=2)
LARGEST = 10**9
Number = Annotated[int, Field(ge=0, le=LARGEST)]


class ToldCount(BaseModel):
    """How often something happened within an hour."""

    model_config = ConfigDict(extra="forbid")
    hour: AwareDatetime
    kind: Counted
    reason: Reason | None = None
    count: Number
    milliseconds: Number = 0


class ToldActivity(BaseModel):
    """Everything since the last time."""

    model_config = ConfigDict(extra="forbid")
    counts: Annotated[list[ToldCount], Field(max_length=MOST)]


@router.post("/internal/activity", status_code=204)
def activity(request: Request, told: ToldActivity, session: SessionDep) -> None:
    """Adds the counts to those that are known. Raises RefusedRequestError 401."""
    if find_resource_server(session, request.headers.get("authorization", "")) is None:
        description = "Only a resource server may tell of its activity."
        raise RefusedRequestError(Step.CALL, Reason.RESOURCE_SERVER_UNKNOWN, 401, description, CHALLENGE)
    counts = [_count(one) for one in told.counts]
    add_counts(session, CountingServer.MCP, (one for one in counts if abs(now() - one.hour) < OLDEST))


def _count(told: ToldCount) -> Count:
    hour: datetime = told.hour.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return Count(hour, told.kind, told.reason.value if told.reason else "", told.count, told.milliseconds)
