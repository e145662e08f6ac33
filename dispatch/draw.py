"""A picture of a plan: an HTML page with one line per technician, drawn as SVG; nothing is loaded from elsewhere."""

from __future__ import annotations

from html import escape

from dispatch.facts import available_from, latest_return, needed_breaks
from dispatch.plan import Plan, Route
from dispatch.problem import Problem, Shift

WIDTH, ROW, LEFT, TOP = 1400.0, 22.0, 110.0, 40.0
COLOURS = {"job": "#2f6fab", "break": "#bbbbbb", "depot": "#c47f00", "road": "#9ec3e6"}
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Plan</title>
<style>body{{font:14px sans-serif;margin:1em}}svg text{{font-size:11px}}</style>
<h1>{title}</h1>
{svg}
<p>{unplaced}</p>
</html>
"""


def draw(problem: Problem, plan: Plan) -> str:
    """The page as text."""
    used = [route for route in plan.routes if route.stops]
    shifts = {shift.id: shift for shift in problem.shifts}
    since = min((available_from(shifts[route.shift_id]) for route in used), default=0.0)
    until = max((latest_return(shifts[route.shift_id]) for route in used), default=1.0)
    scale = (WIDTH - LEFT - 20) / max(1.0, until - since)
    lines = [_row(shifts[route.shift_id], route, number, since, scale) for number, route in enumerate(used)]
    height = TOP + ROW * len(used) + 20
    inside = _hours(since, until, scale, height) + "".join(lines)
    svg = f'<svg viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img">{inside}</svg>'
    placed = sum(len(route.stops) for route in used)
    title = f"{placed} visits, {len(used)} routes, objective {plan.score.cost_cents:,.1f}"
    unplaced = ", ".join(escape(visit.visit_id) for visit in plan.unplaced)
    return PAGE.format(
        title=title, svg=svg, unplaced=f"Not placed: {unplaced}" if unplaced else "Everything is placed."
    )


def _hours(since: float, until: float, scale: float, height: float) -> str:
    """A line per hour, or per tenth of the span where time is not seconds of a day."""
    step = 3600.0 if until - since > 2 * 3600.0 else max(1.0, (until - since) / 10)
    lines = []
    at = since - since % step + step
    while at < until:
        x = LEFT + (at - since) * scale
        label = f"{at / 3600.0:.0f} h" if step == 3600.0 else f"{at:.0f}"  # noqa: PLR2004 - an hour
        lines.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{height - 16}" stroke="#e4e4e4"/>')
        lines.append(f'<text x="{x:.1f}" y="{TOP - 12}" text-anchor="middle">{label}</text>')
        at += step
    return "".join(lines)


def _row(shift: Shift, route: Route, number: int, since: float, scale: float) -> str:
    top = TOP + ROW * number
    away = (route.leave_seconds, route.return_seconds)
    parts = [
        f'<text x="4" y="{top + 13:.1f}">{escape(shift.id)}</text>',
        _bar("road", top + 6, 4, *away, since, scale, ""),
    ]
    for stop in route.stops:
        title = f"{stop.visit_id}: {stop.start_seconds:.0f}–{stop.end_seconds:.0f}"
        parts.append(_bar("job", top, ROW - 6, stop.start_seconds, stop.end_seconds, since, scale, title))
    for begin, rest in zip(route.break_starts_seconds, needed_breaks(shift), strict=False):
        parts.append(_bar("break", top, ROW - 6, begin, begin + rest.duration_seconds, since, scale, "break"))
    parts.extend(
        _bar("depot", top, ROW - 6, pick_up.arrive_seconds, pick_up.leave_seconds, since, scale, "pick-up")
        for pick_up in route.pick_ups
    )
    return "".join(parts)


def _bar(kind: str, top: float, height: float, start: float, end: float, since: float, scale: float, title: str) -> str:
    x, width = LEFT + (start - since) * scale, max(2.0, (end - start) * scale)
    colour = COLOURS[kind]
    return (
        f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}" rx="2">'
        f"<title>{escape(title)}</title></rect>"
    )
