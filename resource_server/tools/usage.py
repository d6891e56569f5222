"""How often tools are called, how long they take, and how much of a model's context they fill."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from resource_server.context.usage import MyUsage
from resource_server.tools.instants import Since, Until
from resource_server.tools.memory_answers import Answer
from resource_server.tools.memory_arguments import MAX_KEY, Limit, Words
from resource_server.tools.requires import requires
from resource_server.usage.reading import GroupBy, Usage, WantedUses, total
from shared.clock import now
from shared.scopes import Scope
from shared.tool_sets import ToolSet

USUAL_DAYS = 7
MILLION = 1_000_000

By = Annotated[Literal["tool", "server", "app", "hour"], Field(description="What the calls are added up by.")]
ServerFilter = Annotated[
    Words | None, Field(max_length=MAX_KEY, description="Only tools of this server; `ostiary` for our own.")
]
Price = Annotated[
    float | None, Field(ge=0, le=1_000_000, description="What a million tokens cost, to have it told in that currency.")
]


class ToolNumbers(Answer):
    """The calls of one group. Latencies are known by class, to about a factor of two."""

    name: str
    calls: int
    errors: int
    mean_ms: int
    p50_ms: int = Field(description="Half of the calls took at most this long.")
    p95_ms: int


class TelemetryStats(Answer):
    """Numbers of calls, those with most first."""

    shows: str = Field(description="Whose calls are counted.")
    since: datetime
    whole: ToolNumbers = Field(description="All of them together.")
    groups: tuple[ToolNumbers, ...]


class ToolCost(Answer):
    """What one group brought into models' contexts; a token is taken for four characters."""

    name: str
    calls: int
    tokens_in: int = Field(description="About how many tokens models wrote as arguments.")
    tokens_out: int = Field(description="About how many tokens of answers models were given to read.")
    cost: float | None = Field(description="Both at the price given; null without one.")


class TelemetryCost(Answer):
    """Estimated tokens, and what they cost, those with most calls first."""

    shows: str = Field(description="Whose calls are counted.")
    since: datetime
    whole: ToolCost = Field(description="All of them together.")
    groups: tuple[ToolCost, ...]


@requires(Scope.MEMORY_READ, title="Calls, errors and latencies", tool_set=ToolSet.HISTORY)
def telemetry_stats(
    usage: MyUsage,
    by: By = "tool",
    server: ServerFilter = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
) -> TelemetryStats:
    """How often tools were called, how many calls failed, and how long they took.

    The last seven days unless `since` says otherwise; counts are kept by the hour. Other apps' calls are counted only
    for a connection that may read every namespace.
    """
    wanted = _wanted(server, since, until)
    found = usage.by(GroupBy(by), wanted)
    groups = tuple(map(_numbers, found[:limit]))
    return TelemetryStats(shows=_shows(usage), since=wanted.since, whole=_numbers(total(found)), groups=groups)


@requires(Scope.MEMORY_READ, title="What calls cost", tool_set=ToolSet.HISTORY)
def telemetry_cost(
    usage: MyUsage,
    by: By = "tool",
    server: ServerFilter = None,
    price: Price = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
) -> TelemetryCost:
    """About how many tokens tools took and answered, and what that costs at a price for a million.

    The last seven days unless `since` says otherwise. This is an estimate, good for comparing tools: the list of tools
    itself, which a model reads too, is not in it.
    """
    wanted = _wanted(server, since, until)
    found = usage.by(GroupBy(by), wanted)
    groups = tuple(_cost(group, price) for group in found[:limit])
    return TelemetryCost(shows=_shows(usage), since=wanted.since, whole=_cost(total(found), price), groups=groups)


def _wanted(server: str | None, since: datetime | None, until: datetime | None) -> WantedUses:
    return WantedUses(since or now() - timedelta(days=USUAL_DAYS), until, server="" if server == "ostiary" else server)


def _shows(usage: MyUsage) -> str:
    return "every app's calls" if usage.sees_every_app else "this app's calls alone"


def _numbers(usage: Usage) -> ToolNumbers:
    return ToolNumbers(
        name=usage.label or "ostiary",
        calls=usage.calls,
        errors=usage.errors,
        mean_ms=usage.mean,
        p50_ms=usage.percentile(0.5),
        p95_ms=usage.percentile(0.95),
    )


def _cost(usage: Usage, price: float | None) -> ToolCost:
    tokens = usage.tokens_in + usage.tokens_out
    return ToolCost(
        name=usage.label or "ostiary",
        calls=usage.calls,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        cost=None if price is None else round(tokens * price / MILLION, 6),
    )


TOOLS = (telemetry_stats, telemetry_cost)
