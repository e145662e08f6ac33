"""The day of a plan: one line per technician with driving, visits, breaks and stops for parts, as an SVG group."""

from __future__ import annotations

from html import escape

from dispatch.facts import available_from, latest_return, needed_breaks
from dispatch.plan import Plan, Route
from dispatch.problem import Problem, Shift

WIDTH, ROW, LEFT, TOP = 1400.0, 22.0, 110.0, 40.0
HOUR_SECONDS = 3600.0


def height_of(plan: Plan) -> float:
    """How high the timeline of this plan is."""
    return TOP + ROW * sum(bool(route.stops) for route in plan.routes) + 20


def draw_timeline(problem: Problem, plan: Plan) -> str:
    """A line per route in use, in the plan's order, under the hours of the day."""
    used = [route for route in plan.routes if route.stops]
    shifts = {shift.id: shift for shift in problem.shifts}
    since = min((min(available_from(shifts[route.shift_id]), route.leave_seconds) for route in used), default=0.0)
    until = max(
        (min(latest_return(shifts[route.shift_id]), _end_of(route) + HOUR_SECONDS) for route in used), default=1.0
    )
    until = max([until, *(_end_of(route) for route in used)])
    since = max(since, min((route.leave_seconds for route in used), default=0.0) - HOUR_SECONDS)
    scale = (WIDTH - LEFT - 20) / max(1.0, until - since)
    lines = [_row(shifts[route.shift_id], route, number, since, scale) for number, route in enumerate(used)]
    return _hours(since, until, scale, height_of(plan)) + "".join(lines)


def _end_of(route: Route) -> float:
    return max([route.return_seconds, *(stop.end_seconds for stop in route.stops)])


def _hours(since: float, until: float, scale: float, height: float) -> str:
    """A line per hour, or per tenth of the span where time is not seconds of a day."""
    is_day = 2 * HOUR_SECONDS < until - since < 100 * HOUR_SECONDS
    step = HOUR_SECONDS if is_day else max(1.0, (until - since) / 10)
    lines = []
    at = since - since % step + step
    while at < until:
        x = LEFT + (at - since) * scale
        label = f"{at / HOUR_SECONDS % 24:.0f} h" if is_day else f"{at:.0f}"
        lines.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{height - 16}"/>')
        lines.append(f'<text x="{x:.1f}" y="{TOP - 12}" text-anchor="middle">{label}</text>')
        at += step
    return "".join(lines)


def _row(shift: Shift, route: Route, number: int, since: float, scale: float) -> str:
    top = TOP + ROW * number
    name = escape(shift.id[:14])
    parts = [
        f'<g class="r{number}"><text x="{LEFT - 8}" y="{top + 13:.1f}" text-anchor="end">{name}</text>',
        _bar("road", top + 6, 4, route.leave_seconds, route.return_seconds, since, scale, f"{shift.id}: on the road"),
    ]
    for stop in route.stops:
        title = f"{stop.visit_id}: {stop.start_seconds:.0f}–{stop.end_seconds:.0f}"
        parts.append(_bar("job", top, ROW - 6, stop.start_seconds, stop.end_seconds, since, scale, title))
    for begin, rest in zip(route.break_starts_seconds, needed_breaks(shift), strict=False):
        parts.append(_bar("break", top + 2, ROW - 10, begin, begin + rest.duration_seconds, since, scale, "break"))
    for pick_up in route.pick_ups:
        begin, end = pick_up.arrive_seconds, pick_up.leave_seconds
        parts.append(_bar("depot", top, ROW - 6, begin, end, since, scale, "tools and parts"))
    return "".join(parts) + "</g>"


def _bar(kind: str, top: float, height: float, start: float, end: float, since: float, scale: float, title: str) -> str:
    x, width = LEFT + (start - since) * scale, max(2.0, (end - start) * scale)
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2">'
        f"<title>{escape(title)}</title></rect>"
    )
