"""A comparison as an SVG chart: per figure the difference with its interval, around zero."""

from __future__ import annotations

from html import escape
from math import isfinite

from dispatch.replay.figures import BETTER, Better
from dispatch.replay.intervals import LEVEL, Estimate
from dispatch.replay.repeat import Results
from dispatch.replay.table import TITLES, describe, verdict

WIDTH, ROW, TOP, LEFT, MIDDLE, REACH = 860, 30, 84, 16, 690, 130
COLOURS = {"better": "#1a7f37", "worse": "#b42318", "unclear": "#8a8f98", "": "#8a8f98"}
FONT = "font-family='system-ui, sans-serif' font-size='13'"


class NothingToCompare(ValueError):
    """A picture needs two scenarios and two runs at least."""


def picture_of(results: Results, *, number: int = 1) -> str:
    """The chart of scenario `number` against the first, as SVG text; raises NothingToCompare."""
    if len(results.replayed) <= number or len(results.replayed[0].runs) < 2:  # noqa: PLR2004 - an interval needs two
        raise NothingToCompare(NothingToCompare.__doc__)
    base, other = results.replayed[0], results.replayed[number]
    names = [name for name, better in BETTER.items() if better is not Better.NEITHER]
    height = TOP + ROW * len(names) + 40
    before, after, differences = base.estimates(), other.estimates(), results.differences(number)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' role='img' {FONT}>",
        f"<title>{escape(other.scenario)} against {escape(base.scenario)}</title>",
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>",
        _text(LEFT, 24, f"{other.scenario}  against  {base.scenario}", weight="600"),
        _text(LEFT, 44, f"{len(base.runs)} runs of each with the same luck; bars are {LEVEL:.0%} intervals"),
        _text(330, 70, "first", anchor="end"),
        _text(415, 70, "other", anchor="end"),
        _text(540, 70, "difference", anchor="end"),
        f"<line x1='{MIDDLE}' y1='{TOP - 8}' x2='{MIDDLE}' y2='{height - 36}' stroke='#c4c8ce'/>",
    ]
    for row, name in enumerate(names):
        y = TOP + ROW * row + ROW // 2
        parts.append(_text(LEFT, y + 4, TITLES[name]))
        parts.append(_text(330, y + 4, f"{before[name].mean:.1f}", anchor="end"))
        parts.append(_text(415, y + 4, f"{after[name].mean:.1f}", anchor="end"))
        parts.append(_text(540, y + 4, describe(differences[name], is_signed=True), anchor="end"))
        parts += _bar(y, differences[name], COLOURS[verdict(name, differences[name])])
    legend = "green: better; red: worse; grey: not told apart from luck. Each row has its own scale."
    parts += [_text(LEFT, height - 12, legend), "</svg>"]
    return "\n".join(parts) + "\n"


def _bar(y: int, found: Estimate, colour: str) -> list[str]:
    reach = max(abs(found.low), abs(found.high))
    scale = REACH / reach if isfinite(reach) and reach > 0 else 0.0
    low, mean, high = (MIDDLE + scale * value for value in (found.low, found.mean, found.high))
    return [
        f"<line x1='{low:.1f}' y1='{y}' x2='{high:.1f}' y2='{y}' stroke='{colour}' stroke-width='6' opacity='0.45'/>",
        f"<circle cx='{mean:.1f}' cy='{y}' r='5' fill='{colour}'/>",
    ]


def _text(x: int, y: int, words: str, *, anchor: str = "start", weight: str = "400") -> str:
    return f"<text x='{x}' y='{y}' text-anchor='{anchor}' font-weight='{weight}' fill='#1f2328'>{escape(words)}</text>"
