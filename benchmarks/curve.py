"""Small plain charts as SVG: a panel per measure, both axes logarithmic, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10

PANEL, HEIGHT, GAP = 400.0, 240.0, 70.0
TOP, LEFT, BOTTOM = 46.0, 60.0, 40.0
EDGE = 0.06
STYLE = """text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.axis{stroke:#888}.grid{stroke:#ddd}
.line{stroke:#1f6fb2;fill:none;stroke-width:2}.dot{fill:#1f6fb2}
@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}.line{stroke:#6db3f2}.dot{fill:#6db3f2}}"""
Points = Sequence[tuple[float, float]]


def write_curves(panels: Mapping[str, Points], below: str) -> str:
    """An SVG with one panel per title; every x and y has to be above zero. `below` says what x is."""
    width = LEFT + len(panels) * (PANEL + GAP)
    drawn = [
        _panel(LEFT + number * (PANEL + GAP), title, points, below)
        for number, (title, points) in enumerate(panels.items())
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {TOP + HEIGHT + BOTTOM:.0f}" role="img">'
        f"<title>{escape(', '.join(panels))}</title><style>{STYLE}</style>{''.join(drawn)}</svg>\n"
    )


def _panel(left: float, title: str, points: Points, below: str) -> str:
    lows = [floor(log10(min(values))) for values in zip(*points, strict=True)]
    highs = [ceil(log10(max(values))) for values in zip(*points, strict=True)]
    highs = [max(high, low + 1) for low, high in zip(lows, highs, strict=True)]

    first, last = (log10(limit(x for x, _ in points)) for limit in (min, max))

    def at(x: float, y: float) -> tuple[float, float]:
        # From the first value to the last, so that neighbouring labels stand apart.
        across = EDGE + (1 - 2 * EDGE) * (log10(x) - first) / (last - first or 1.0)
        up = (log10(y) - lows[1]) / (highs[1] - lows[1])
        return left + across * PANEL, TOP + (1 - up) * HEIGHT

    parts = [f'<text class="title" x="{left:.0f}" y="{TOP - 22:.0f}">{escape(title)}</text>']
    for power in range(lows[1], highs[1] + 1):
        y = at(points[0][0], 10.0**power)[1]
        parts.append(f'<line class="grid" x1="{left:.1f}" x2="{left + PANEL:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{left - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    bottom = TOP + HEIGHT
    parts.append(f'<line class="axis" x1="{left:.1f}" x2="{left + PANEL:.1f}" y1="{bottom}" y2="{bottom}"/>')
    spots = [at(x, y) for x, y in points]
    parts.append(f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in spots)}"/>')
    for (x, y), (value, measured) in zip(spots, points, strict=True):
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
        parts.append(f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle">{measured:,.3g}</text>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16:.1f}" text-anchor="middle">{value:,.0f}</text>')
    parts.append(f'<text x="{left + PANEL / 2:.1f}" y="{bottom + 34:.1f}" text-anchor="middle">{escape(below)}</text>')
    return "".join(parts)
