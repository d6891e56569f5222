"""Numbers as the geometry of small charts, drawn by templates/components/chart.html as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 320, 96
GAP = 2
ROW = 24
"""Height of one bar that lies."""


@dataclass(frozen=True)
class Bar:
    """A rectangle, with what a pointer that rests on it is told."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Row:
    """A line of the table behind a chart."""

    label: str
    value: str


@dataclass(frozen=True)
class Chart:
    """A chart, in words and as shapes: bars that stand, or bars that lie with their labels at their `y`."""

    title: str
    summary: str
    columns: tuple[str, str]
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    height: int = HEIGHT
    width: int = WIDTH
    lies: bool = False


def standing(title: str, columns: tuple[str, str], values: Sequence[tuple[str, int | None]], unit: str = "") -> Chart:
    """A bar for each label in their order, the highest as high as the chart; None stands for nothing known."""
    known = [value for _, value in values if value is not None]
    highest, step = max(known, default=0), WIDTH / max(len(values), 1)
    rows = tuple(Row(label, _said(value, unit)) for label, value in values)
    bars = tuple(
        _standing(place * step, step - GAP, (value or 0) / (highest or 1), f"{row.label}: {row.value}")
        for place, ((_, value), row) in enumerate(zip(values, rows, strict=True))
        if value
    )
    summary = f"At most {_said(highest, unit)}." if highest else "Nothing yet."
    return Chart(title, summary, columns, rows, bars)


def lying(title: str, columns: tuple[str, str], values: Sequence[tuple[str, int]], most: int = 5) -> Chart:
    """A bar for each of the `most` first labels; the table has all of them."""
    shown, highest = values[:most], max((value for _, value in values), default=0)
    bars = tuple(
        Bar(0, place * ROW + ROW - 6, round(WIDTH * value / (highest or 1), 1), 4, f"{label}: {value}")
        for place, (label, value) in enumerate(shown)
    )
    total = sum(value for _, value in values)
    summary = f"{total} in all." if total else "Nothing yet."
    rows = tuple(Row(label, str(value)) for label, value in values)
    return Chart(title, summary, columns, rows, bars, height=max(ROW * len(shown), ROW), lies=True)


def _standing(x: float, width: float, share: float, title: str) -> Bar:
    height = max(round(HEIGHT * share, 1), 1.0)
    return Bar(round(x, 1), round(HEIGHT - height, 1), round(width, 1), height, title)


def _said(value: int | None, unit: str) -> str:
    return "none" if value is None else f"{value}{f' {unit}' if unit else ''}"
