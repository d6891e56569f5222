"""How this installation does: numbers, series, and what needs attention."""

from datetime import datetime

from pydantic import Field

from auth_server.dependencies import ServicesDep
from auth_server.operation.overview import overview as look
from auth_server.operation.resource_health import resource_answers
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.admin_api.wire import WireModel
from shared.database import unit_of_work
from shared.spans import Span

router = api_router("overview")


class WirePoint(WireModel):
    """The calls of apps since `start`, for an hour or a day."""

    start: datetime
    calls: int
    milliseconds: int | None = Field(description="How long one took on average; null where there was none.")


class WireAttention(WireModel):
    """Something that is not all right."""

    sentence: str
    path: str = Field(description="The page of administration where one sees more; empty where there is none.")


class WireOverview(WireModel):
    """What the start page of administration shows."""

    people: int
    connected_apps: int
    calls_today: int = Field(description="In the last 24 hours.")
    is_mcp_server_reached: bool
    series: list[WirePoint]
    refusals: dict[str, int] = Field(description="By reason, at both servers.")
    attention: list[WireAttention]


@router.get("/overview")
def overview(services: ServicesDep, span: Span = Span.DAY) -> WireOverview:
    """Numbers, and series of 24 hours or of 14 days."""
    is_reached = resource_answers(services.settings)
    with unit_of_work(services.engine, read_only=True) as session:
        seen = look(session, services.settings, span)
    return WireOverview(
        people=seen.people,
        connected_apps=seen.connected_apps,
        calls_today=seen.calls_today,
        is_mcp_server_reached=is_reached,
        series=[WirePoint.model_validate(point) for point in seen.series],
        refusals=dict(seen.refusals),
        attention=[WireAttention.model_validate(one) for one in seen.attention],
    )
