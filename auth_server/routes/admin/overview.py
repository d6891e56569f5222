"""The start page of administration: whether everything is all right."""

from fastapi import APIRouter, Response

from auth_server.administrators import AdminUser
from auth_server.operation.overview import Attention, Overview, overview
from auth_server.operation.resource_health import resource_answers
from auth_server.web.page_services import PageServicesDep
from auth_server.web.signed_in_pages import admin_page
from shared.charts import Chart, lying, standing
from shared.database import unit_of_work
from shared.spans import Span

router = APIRouter(include_in_schema=False)
HERE = "/admin"
UNREACHED = Attention("The MCP server does not answer: no app can use memories now.")


@router.get(HERE)
def overview_page(services: PageServicesDep, browser: AdminUser, span: str = Span.DAY) -> Response:
    """What needs attention, three numbers, three charts; `span` says how far back they go."""
    chosen = Span(span) if span in set(Span) else Span.DAY
    with unit_of_work(services.engine, read_only=True) as session:
        seen = overview(session, services.settings, chosen)
    attention = seen.attention if resource_answers(services.settings) else (UNREACHED, *seen.attention)
    charts = _charts(seen, chosen)
    page = "admin/overview.html"
    return admin_page(services, browser, page, HERE, seen=seen, attention=attention, charts=charts, span=str(chosen))


def _charts(seen: Overview, span: Span) -> list[Chart]:
    calls = [(span.label(point.start), point.calls) for point in seen.series]
    latency = [(span.label(point.start), point.milliseconds) for point in seen.series]
    refused = [(reason.replace("_", " "), count) for reason, count in seen.refusals]
    return [
        standing("Calls of apps", (span.unit, "Calls"), calls),
        lying("Refusals by reason", ("Reason", "Refusals"), refused),
        standing("Average time of a call", (span.unit, "Milliseconds"), latency, "ms"),
    ]
