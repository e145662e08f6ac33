"""A picture of a plan: its routes on a map and its day on a timeline, as SVG or as a page.

Nothing is loaded from elsewhere. Each route has one colour in both; light and dark pages are both readable.
"""

from __future__ import annotations

from html import escape

from dispatch.draw_map import SIDE, draw_map, points_from_metres
from dispatch.draw_timeline import WIDTH, draw_timeline, height_of
from dispatch.plan import Plan
from dispatch.problem import FloatMatrix, Problem

TITLE_HEIGHT = 60.0
GOLDEN_DEGREES = 137.508
"""Turning the colour wheel by so much keeps any two routes apart."""
STYLE = """
.picture{--ink:#222;--faint:#ddd;--paper:#fff;--light:42%;background:var(--paper)}
@media(prefers-color-scheme:dark){.picture{--ink:#eee;--faint:#444;--paper:#181a1d;--light:62%}}
.picture text{font:11px system-ui,sans-serif;fill:var(--ink)}.picture .head{font-size:16px;font-weight:600}
.grid{stroke:var(--faint)}.way{fill:none;stroke:var(--own);stroke-width:1.5;opacity:.75}
.dot,.job{fill:var(--own)}.home{fill:var(--paper);stroke:var(--own);stroke-width:2}
.road{fill:var(--own);opacity:.35}.break{fill:var(--paper);stroke:var(--ink);stroke-dasharray:2}
.depot{fill:var(--ink)}.cross{fill:none;stroke:var(--ink);stroke-width:2}
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Plan</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>body{{margin:1em;font-family:system-ui,sans-serif}}svg{{max-width:100%;height:auto}}</style></head>
<body>{svg}<p>{unplaced}</p></body></html>
"""


def draw(problem: Problem, plan: Plan, points: FloatMatrix | None = None) -> str:
    """The plan as a page; `points` are the places of the locations on a plane, guessed from distances when missing."""
    unplaced = ", ".join(escape(visit.visit_id) for visit in plan.unplaced)
    words = f"Not placed: {unplaced}" if unplaced else "Everything is placed."
    return PAGE.format(svg=draw_svg(problem, plan, points), unplaced=words)


def draw_svg(problem: Problem, plan: Plan, points: FloatMatrix | None = None) -> str:
    """The plan as one SVG, the map above the timeline."""
    points = points_from_metres(problem) if points is None else points
    map_height = 0.0 if points is None else SIDE
    height = TITLE_HEIGHT + map_height + height_of(plan)
    mapped = "" if points is None else draw_map(problem, plan, points)
    placed, routes = sum(len(route.stops) for route in plan.routes), sum(bool(route.stops) for route in plan.routes)
    title = f"{placed} visits, {len(plan.unplaced)} not placed, {routes} routes, objective {plan.score.cost_cents:,.1f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}{_colours(routes)}</style>"
        f'<text class="head" x="20" y="36">{escape(title)}</text>'
        f'<g transform="translate({(WIDTH - SIDE) / 2:.0f} {TITLE_HEIGHT:.0f})">{mapped}</g>'
        f'<g transform="translate(0 {TITLE_HEIGHT + map_height:.0f})">{draw_timeline(problem, plan)}</g></svg>\n'
    )


def _colours(routes: int) -> str:
    return "".join(
        f".r{number}{{--own:hsl({number * GOLDEN_DEGREES % 360:.0f} 65% var(--light))}}" for number in range(routes)
    )
