"""Numbers of calls as charts for pages."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from resource_server.usage.reading import GroupBy, Usage, Uses, WantedUses, total
from shared.charts import Chart, lying, standing
from shared.spans import Span

OWN = "Ostiary itself"
"""What calls of our own tools are shown as, among those of other servers."""


def usage_charts(
    uses: Uses, wanted: WantedUses, span: Span, by: Iterable[GroupBy], person: Callable[[str], str] = str
) -> list[Chart]:
    """Calls, errors and latency over time, then calls by each of `by`; `wanted.since` is set by the span.

    `person` says what somebody is called.
    """
    wanted = replace(wanted, since=span.starts[0])
    bars, when = _over_time(uses, wanted, span), span.unit
    return [
        standing("Calls", (when, "Calls"), [(label, usage.calls) for label, usage in bars]),
        standing("Calls that did not work", (when, "Calls"), [(label, usage.errors) for label, usage in bars]),
        standing("Time of 95 calls in 100", (when, "At most"), [(label, _p95(usage)) for label, usage in bars], "ms"),
        *(_grouped(uses, wanted, one, person) for one in by),
    ]


def _over_time(uses: Uses, wanted: WantedUses, span: Span) -> list[tuple[str, Usage]]:
    hours = [(datetime.fromisoformat(hour.key), hour) for hour in uses.by(GroupBy.HOUR, wanted)]
    return [
        (span.label(start), total(usage for at, usage in hours if start <= at < start + span.step))
        for start in span.starts
    ]


def _grouped(uses: Uses, wanted: WantedUses, by: GroupBy, person: Callable[[str], str]) -> Chart:
    named = [(_name(usage, by, person), usage.calls) for usage in uses.by(by, wanted)]
    return lying(f"Calls by {by.value}", (by.value.capitalize(), "Calls"), named)


def _name(usage: Usage, by: GroupBy, person: Callable[[str], str]) -> str:
    if by is GroupBy.PERSON:
        return person(usage.key)
    return usage.label or (OWN if by is GroupBy.SERVER else "without a name")


def _p95(usage: Usage) -> int | None:
    return usage.percentile(0.95) if usage.calls else None
