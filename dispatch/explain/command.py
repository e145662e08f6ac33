"""`python -m dispatch explain PROBLEM PLAN [VISIT]`: why a visit is where it is or why not, and what would help."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from dispatch.explain.alternatives import Alternative
from dispatch.explain.blocking import Explanation, explain
from dispatch.explain.fixes import Fix, FixKind
from dispatch.explain.reasons import name_reason
from dispatch.facts import Facts
from dispatch.formats.files import read_document, read_text
from dispatch.formats.solution import read_solution
from dispatch.quote import RouteCannotCloseUpError, VisitUnknownError
from dispatch.validate import validate

ALTERNATIVES_SHOWN = 5
REFUSED = 1


def add_explain(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the planner's command line."""
    explaining = commands.add_parser("explain", help="say why a visit is unplaced, late or where it is, and what helps")
    explaining.add_argument("problem", type=Path)
    explaining.add_argument("plan", type=Path)
    explaining.add_argument("visit", nargs="?", help="a visit's id; without one, every unplaced visit")
    explaining.set_defaults(command=_explain)


def _explain(parsed: argparse.Namespace) -> int:
    document = read_document(parsed.problem)
    problem = document.problem
    validate(problem)
    plan = read_solution(problem, read_text(parsed.plan), document.details)
    facts = Facts(problem)
    wanted = [parsed.visit] if parsed.visit else [visit.visit_id for visit in plan.unplaced]
    for visit_id in wanted:
        try:
            explanation = explain(problem, plan, visit_id)
        except (VisitUnknownError, RouteCannotCloseUpError) as error:
            sys.stderr.write(f"cannot explain visit {visit_id}: {type(error).__name__}: {error}\n")
            return REFUSED
        sys.stdout.write("\n".join(_lines(facts, explanation)) + "\n")
    if not wanted:
        sys.stdout.write("every visit is placed\n")
    return 0


def _lines(facts: Facts, explanation: Explanation) -> Iterator[str]:
    visit_id = explanation.visit_id
    if explanation.is_placed:
        late = ", late" if explanation.is_late else ""
        yield f"visit {visit_id}: vehicle {explanation.shift_id} at {explanation.start_seconds:.0f}{late}"
    else:
        yield f"visit {visit_id}: unplaced, {name_reason(facts, facts.visits[visit_id])}"
    if explanation.blocking:
        yield f"  blocked by: {', '.join(explanation.blocking)}"
    for fix in explanation.fixes:
        yield f"  would help: {_fix(fix)} (costs {fix.extra_cost_cents:.0f} more)"
    for known in explanation.alternatives[:ALTERNATIVES_SHOWN]:
        yield f"  vehicle {known.shift_id}: {_alternative(known)}"
    if len(explanation.alternatives) > ALTERNATIVES_SHOWN:
        yield f"  and {len(explanation.alternatives) - ALTERNATIVES_SHOWN} vehicles more"


def _fix(fix: Fix) -> str:
    if fix.kind is FixKind.OVERTIME:
        return f"{fix.seconds:.0f} s of overtime for vehicle {fix.shift_id}"
    if fix.kind is FixKind.WINDOW and fix.window is not None:
        return f"a window from {fix.window.from_seconds:.0f} until {fix.window.until_seconds:.0f}"
    if fix.kind is FixKind.MOVE and fix.moved is not None:
        moved = fix.moved
        return f"visit {moved.visit_id} to vehicle {moved.to_shift_id} at {moved.to_start_seconds:.0f}"
    if fix.kind is FixKind.PERSON:
        return f"one more vehicle like {fix.shift_id.removesuffix('+1')} with what the visit needs"
    return f"vehicle {fix.shift_id} at {fix.start_seconds:.0f}"


def _alternative(known: Alternative) -> str:
    if known.extra_cost_cents is None:
        return f"excluded by {', '.join(known.excluded_by)}"
    return f"at {known.start_seconds:.0f}, costs {known.extra_cost_cents:.0f} more"
