"""`python -m dispatch`: planning on files. Exit status 0 with a checked plan, 2 for a bad problem, 3 without a plan."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dispatch.check import check
from dispatch.draw import draw, draw_svg
from dispatch.explain.command import add_explain
from dispatch.formats.details import Document
from dispatch.formats.errors import FileFormatError
from dispatch.formats.files import read_document, read_text
from dispatch.formats.solution import read_solution, write_solution
from dispatch.plan import Plan, Violation
from dispatch.replay.command import add_arguments as add_replay_arguments, run_command as run_replay
from dispatch.sequences import time_routes
from dispatch.solver import Limits, NoPlanError, solve
from dispatch.validate import ProblemError, validate

DONE, REFUSED, BAD_PROBLEM, NO_PLAN = 0, 1, 2, 3
DEFAULT_SECONDS = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.command(parsed))
    except (FileFormatError, ProblemError) as error:
        print(f"bad problem: {error}", file=sys.stderr)
        return BAD_PROBLEM
    except BrokenPipeError:
        return DONE  # whoever reads has seen enough
    except OSError as error:
        print(f"cannot read {error.filename}: {error.strerror}", file=sys.stderr)
        return BAD_PROBLEM
    except NoPlanError as error:
        print(f"no plan: {error}", file=sys.stderr)
        return NO_PLAN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dispatch", description="Plan visits given in a file.")
    commands = parser.add_subparsers(required=True)
    solving = commands.add_parser("solve", help="write a checked plan to the standard output")
    solving.add_argument("problem", type=Path)
    solving.add_argument("--seconds", type=float, help="stop after this time (10, or no limit with --iterations)")
    solving.add_argument("--iterations", type=int, help="stop after so many iterations per thread: repeatable")
    solving.add_argument("--seed", type=int, default=1)
    solving.add_argument("--threads", type=int, default=2)
    solving.set_defaults(command=_solve)
    checking = commands.add_parser("check", help="print every rule a plan breaks")
    checking.add_argument("problem", type=Path)
    checking.add_argument("plan", type=Path)
    checking.set_defaults(command=_check)
    drawing = commands.add_parser("draw", help="write a picture of a plan, map and timeline, as SVG or HTML")
    drawing.add_argument("problem", type=Path)
    drawing.add_argument("plan", type=Path)
    drawing.add_argument("picture", type=Path)
    drawing.set_defaults(command=_draw)
    add_explain(commands)
    replaying = commands.add_parser("replay", help="play a day again, or try one out: see docs/replay.md")
    add_replay_arguments(replaying)
    replaying.set_defaults(command=run_replay)
    warming = commands.add_parser("warm", help="compile the search now, so that no solve has to wait for it")
    warming.set_defaults(command=_warm)
    return parser


def _solve(parsed: argparse.Namespace) -> int:
    document = read_document(parsed.problem)
    problem = document.problem
    seconds = parsed.seconds if parsed.seconds is not None or parsed.iterations is not None else DEFAULT_SECONDS
    limits = Limits(seconds=seconds, iterations=parsed.iterations, seed=parsed.seed, threads=max(1, parsed.threads))
    begin = _begin(document)
    console = Console(stderr=True)
    columns = (TextColumn("planning"), BarColumn(), TextColumn("best {task.fields[cost]:,.1f}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=1.0, cost=float("nan"))
        plan = solve(
            problem,
            limits=limits,
            warm_start=begin,
            on_progress=lambda share, cost: progress.update(task, completed=share, cost=cost),
        )
    if _has_to_serve_all(document) and plan.unplaced:
        print(f"no plan: {len(plan.unplaced)} of {len(problem.visits)} visits not placed in time", file=sys.stderr)
        return NO_PLAN
    print(write_solution(problem, plan, document.details))
    return DONE


def _has_to_serve_all(document: Document) -> bool:
    """Benchmarks of distance or duration count only with every visit served."""
    return document.details is None and document.problem.objective.value in {"total_duration", "total_distance"}


def _begin(document: Document) -> Plan | None:
    """The plan of the routes the file asks to start from; one that cannot be served in that order is refused."""
    if not document.orders:
        return None
    validate(document.problem)
    plan = time_routes(document.problem, document.orders)
    placed = {stop.visit_id for route in plan.routes for stop in route.stops}
    for shift_id, visit_ids in document.orders.items():
        for visit_id in visit_ids:
            if visit_id not in placed:
                raise FileFormatError(f"vehicle {shift_id}: steps", f"{visit_id} cannot be served there in this order")
    return plan


def _check(parsed: argparse.Namespace) -> int:
    document, plan = _read_plan(parsed)
    problem = document.problem
    violations = check(problem, plan)
    for violation in violations:
        print(_described(violation))
    if violations:
        return REFUSED
    print(f"ok: {len(problem.visits) - len(plan.unplaced)} visits placed, objective {plan.score.cost_cents:.3f}")
    return DONE


def _read_plan(parsed: argparse.Namespace) -> tuple[Document, Plan]:
    document = read_document(parsed.problem)
    validate(document.problem)
    return document, read_solution(document.problem, read_text(parsed.plan), document.details)


def _described(violation: Violation) -> str:
    """The rule, who breaks it where, and the numbers that prove it."""
    named = (("visit", violation.visit_id), ("vehicle", violation.shift_id))
    who = ", ".join(f"{kind} {identity}" for kind, identity in named if identity is not None)
    return f"{violation.rule}: {who or 'plan'}: {violation.detail}"


def _draw(parsed: argparse.Namespace) -> int:
    document, plan = _read_plan(parsed)
    paint = draw_svg if parsed.picture.suffix == ".svg" else draw
    parsed.picture.write_text(paint(document.problem, plan, document.points), encoding="utf-8")
    return DONE


def _warm(_parsed: argparse.Namespace) -> int:
    from dispatch.engine.warm import warm_up  # noqa: PLC0415 - loads compiled code

    print(f"compiled search ready after {warm_up():.1f} s")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
