"""One peer on one file: `python -m benchmarks.peers NAME FILE --seconds N` writes the plan as `dispatch solve` does."""

from __future__ import annotations

import argparse
import importlib
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic

from benchmarks.peers.orders import CannotExpressError, Effort, plan_of
from dispatch.formats.files import read_problem
from dispatch.formats.solution import write_solution

NAMES = ("pyvrp", "vroom", "ortools")


def main() -> int:
    """Solve, convert, write; 2 when the peer has no model for the file, 3 when it found nothing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("peer", choices=NAMES)
    parser.add_argument("problem", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    problem = read_problem(parsed.problem)
    peer = importlib.import_module(f"benchmarks.peers.with_{parsed.peer}")
    began = monotonic()
    try:
        orders = peer.solve(problem, Effort(parsed.seconds, parsed.threads, parsed.seed))
    except CannotExpressError as error:
        print(f"{parsed.peer} cannot express {error}", file=sys.stderr)
        return 2
    took = monotonic() - began
    plan = plan_of(problem, orders, parsed.peer)
    trace = {**plan.trace, "solve_seconds": round(took, 2), "cannot": peer.CANNOT[problem.objective]}
    print(write_solution(problem, replace(plan, trace=trace)))
    return 0 if orders else 3


if __name__ == "__main__":
    sys.exit(main())
