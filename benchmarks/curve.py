"""Small plain charts as SVG: a panel per measure, for growth or along time, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from math import ceil, floor, log10

PANEL, HEIGHT, GAP = 400.0, 240.0, 70.0
TOP, LEFT, BOTTOM = 46.0, 60.0, 40.0
EDGE = 0.06
MANY = 100.0
STYLE = """text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.axis{stroke:#888}.grid{stroke:#ddd}
.line{stroke:#1f6fb2;fill:none;stroke-width:2}.dot{fill:#1f6fb2}
@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}.line{stroke:#6db3f2}.dot{fill:#6db3f2}}"""
Points = Sequence[tuple[float, float]]
Scale = Callable[[float], float]


def write_curves(panels: Mapping[str, Points], below: str, *, is_growth: bool = True) -> str:
    """An SVG with one panel per title; every x and y has to be above zero. `below` says what x is.

    Growth is drawn in powers of ten on both axes, all else from zero in even steps.
    """
    scale = _powers if is_growth else _even_steps
    width = LEFT + len(panels) * (PANEL + GAP)
    drawn = [
        _panel(LEFT + number * (PANEL + GAP), title, points, below, scale)
        for number, (title, points) in enumerate(panels.items())
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {TOP + HEIGHT + BOTTOM:.0f}" role="img">'
        f"<title>{escape(', '.join(panels))}</title><style>{STYLE}</style>{''.join(drawn)}</svg>\n"
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= MANY else f"{value:.3g}"


def _powers(value: float) -> float:
    return log10(value)


def _even_steps(value: float) -> float:
    return value


def _list_grid(values: Sequence[float], scale: Scale) -> list[float]:
    """The values at which lines are drawn, round ones, the lowest and the highest of the axis among them."""
    if scale is _powers:
        low, high = floor(log10(min(values))), ceil(log10(max(values)))
        return [10.0**power for power in range(low, max(high, low + 1) + 1)]
    step = 10.0 ** floor(log10(max(values)))
    return [step * number for number in range(ceil(max(values) / step) + 1)]


def _panel(left: float, title: str, points: Points, below: str, scale: Scale) -> str:
    grid = _list_grid([y for _, y in points], scale)
    lowest, highest = scale(grid[0]), scale(grid[-1])
    first, last = (scale(limit(x for x, _ in points)) for limit in (min, max))

    def at(x: float, y: float) -> tuple[float, float]:
        # From the first value to the last, so that neighbouring labels stand apart.
        across = EDGE + (1 - 2 * EDGE) * (scale(x) - first) / (last - first or 1.0)
        up = (scale(y) - lowest) / (highest - lowest)
        return left + across * PANEL, TOP + (1 - up) * HEIGHT

    parts = [f'<text class="title" x="{left:.0f}" y="{TOP - 22:.0f}">{escape(title)}</text>']
    for line in grid:
        y = at(points[0][0], line)[1]
        parts.append(f'<line class="grid" x1="{left:.1f}" x2="{left + PANEL:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{left - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{line:g}</text>')
    bottom = TOP + HEIGHT
    parts.append(f'<line class="axis" x1="{left:.1f}" x2="{left + PANEL:.1f}" y1="{bottom}" y2="{bottom}"/>')
    spots = [at(x, y) for x, y in points]
    parts.append(f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in spots)}"/>')
    for (x, y), (value, measured) in zip(spots, points, strict=True):
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
        parts.append(f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle">{_short(measured)}</text>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16:.1f}" text-anchor="middle">{value:,.0f}</text>')
    parts.append(f'<text x="{left + PANEL / 2:.1f}" y="{bottom + 34:.1f}" text-anchor="middle">{escape(below)}</text>')
    return "".join(parts)
