"""How latencies grow with a vault, as an SVG with logarithmic axes that reads in light and dark."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from math import log10
from pathlib import Path

WIDTH, HEIGHT = 680, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 200, 20, 40
LABEL_HEIGHT = 14
DECADES = (-1, 3)
"""From a tenth of a millisecond to a second."""

COLOURS = ("#2563eb", "#c2410c", "#15803d", "#a21caf", "#0e7490", "#a16207", "#4d7c0f")
STYLE = """
    text { font: 12px system-ui, sans-serif; fill: #57534e } .grid { stroke: #a8a29e; stroke-width: .5 }
    @media (prefers-color-scheme: dark) { text { fill: #d6d3d1 } }
"""

Point = tuple[str, int, float]
"""A kind of call, how many memories there were, and its 95th percentile in milliseconds."""


def write_picture(file: Path, measured: Sequence[Point]) -> None:
    """One line a kind of call that was measured at more than one size."""
    sizes = sorted({size for _, size, _ in measured})
    kinds = [list(points) for _, points in groupby(sorted(measured), key=lambda point: point[0])]
    drawn = sorted(zip(kinds, COLOURS, strict=False), key=lambda one: -one[0][-1][2])
    lines, lowest = [], 0.0
    for points, colour in drawn:
        lowest = max(_y(points[-1][2]) + 4, lowest + LABEL_HEIGHT)  # a label never lies on the one above
        lines.append(_line(points, colour, sizes, lowest))
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">\n'
        f"<title>95th percentile in milliseconds, by memories in the vault</title>\n<style>{STYLE}</style>\n"
        + "\n".join([*_grid(sizes), *lines])
        + "\n</svg>\n"
    )


def _grid(sizes: Sequence[int]) -> Iterable[str]:
    for decade in range(DECADES[0], DECADES[1] + 1):
        y = _y(10**decade)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.0f}" y2="{y:.0f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{10**decade:,g} ms</text>'
    for size in sizes:
        yield f'<text x="{_x(size, sizes):.0f}" y="{HEIGHT - 14}" text-anchor="middle">{size:,}</text>'


def _line(points: Sequence[Point], colour: str, sizes: Sequence[int], label: float) -> str:
    places = [(_x(size, sizes), _y(taken)) for _, size, taken in points]
    drawn = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
    x, _ = places[-1]
    call, _, taken = points[-1]
    return (
        f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>\n'
        f'<text x="{x + 8:.0f}" y="{label:.0f}" style="fill: {colour}">{call}: {taken:.1f}</text>'
    )


def _x(size: int, sizes: Sequence[int]) -> float:
    span = log10(sizes[-1] / sizes[0]) or 1
    return LEFT + 20 + (WIDTH - LEFT - RIGHT - 20) * log10(size / sizes[0]) / span


def _y(taken: float) -> float:
    low, high = DECADES
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (log10(max(taken, 10**low)) - low) / (high - low)
