"""Any past day again with another policy or another team, and next week tried out (D16). See docs/replay.md."""

from dispatch.replay.changes import (
    ChangeRefused,
    Hours,
    WhatIf,
    add_technicians,
    with_calls,
    with_hours,
    with_policy,
    with_team,
    without_technician,
)
from dispatch.replay.figures import BETTER, NAMES, Better, Figures
from dispatch.replay.intervals import Estimate, estimate, estimate_difference
from dispatch.replay.repeat import NothingToReplay, Precision, Replayed, ReplayTask, Results, play_task, replay
from dispatch.replay.scenario import (
    Chances,
    ChoiceRule,
    Demand,
    District,
    Kind,
    OfferRule,
    Policy,
    Request,
    Scenario,
    StraightLine,
    Taste,
)
from dispatch.replay.simulation import Outcome, simulate

__all__ = [
    "BETTER",
    "NAMES",
    "Better",
    "Chances",
    "ChangeRefused",
    "ChoiceRule",
    "Demand",
    "District",
    "Estimate",
    "Figures",
    "Hours",
    "Kind",
    "NothingToReplay",
    "OfferRule",
    "Outcome",
    "Policy",
    "Precision",
    "ReplayTask",
    "Replayed",
    "Request",
    "Results",
    "Scenario",
    "StraightLine",
    "Taste",
    "WhatIf",
    "add_technicians",
    "estimate",
    "estimate_difference",
    "play_task",
    "replay",
    "simulate",
    "with_calls",
    "with_hours",
    "with_policy",
    "with_team",
    "without_technician",
]
