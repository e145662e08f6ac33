"""Any past day again with another policy or another team, and next week tried out (D16). See docs/replay.md."""

from dispatch.replay.changes import ChangeRefused, add_technicians, with_policy, with_team, without_technician
from dispatch.replay.figures import BETTER, NAMES, Better, Figures
from dispatch.replay.intervals import Estimate, estimate, estimate_difference
from dispatch.replay.repeat import NothingToReplay, Precision, Replayed, Results, replay
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
    "Kind",
    "NothingToReplay",
    "OfferRule",
    "Outcome",
    "Policy",
    "Precision",
    "Replayed",
    "Request",
    "Results",
    "Scenario",
    "StraightLine",
    "Taste",
    "add_technicians",
    "estimate",
    "estimate_difference",
    "replay",
    "simulate",
    "with_policy",
    "with_team",
    "without_technician",
]
