"""What a replay came to: every figure as it is, as it would be, and whether the difference is more than luck (D16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import isfinite

from dispatch.replay import NAMES, Estimate, Figures, Policy, Replayed, Results
from dispatch.replay.table import verdict
from models import Replay
from operations.replay.replay_orders import what_if_of
from policies.replays import ReplayState


@dataclass(frozen=True, slots=True)
class Range:
    """A mean of runs, and half of its 95 % interval; a single run has none."""

    mean: float
    half_width: float | None


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One figure; without a change there is nothing to compare. `verdict` is better, worse, unclear or empty."""

    name: str
    before: Range
    after: Range | None = None
    difference: Range | None = None
    verdict: str = ""


def compare(replay: Replay) -> list[ComparedFigure]:
    """Return every figure of what has been played so far; nothing before the first run."""
    results = _results(replay)
    if results is None:
        return []
    before = results.replayed[0].estimates()
    if len(results.replayed) == 1:
        return [ComparedFigure(name, _range(before[name])) for name in NAMES]
    after, differences = results.replayed[1].estimates(), results.differences()
    return [
        ComparedFigure(
            name,
            _range(before[name]),
            _range(after[name]),
            _range(differences[name]),
            verdict(name, differences[name]),
        )
        for name in NAMES
    ]


def list_policy_figures() -> Sequence[tuple[str, object]]:
    """Return what of the policy can be changed in a replay, with what is usual."""
    usual = Policy()
    return [(field.name, getattr(usual, field.name)) for field in fields(Policy)]


def _results(replay: Replay) -> Results | None:
    rows = [tuple(Figures(**figures) for figures in run.figures) for run in replay.runs]
    if not rows:
        return None
    names = ("", ", ".join(what_if_of(replay).words()))
    columns = zip(*rows, strict=True)
    replayed = tuple(Replayed(name, column) for name, column in zip(names, columns, strict=False))
    return Results(replayed, replay.seed, replay.state is ReplayState.STOPPED)


def _range(found: Estimate) -> Range:
    return Range(found.mean, found.half_width if isfinite(found.half_width) else None)
