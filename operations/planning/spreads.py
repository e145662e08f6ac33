"""How long work and drives really took, compared with the plan, learnt from what technicians reported (D13, D16).

With few observations the usual spread counts for more: see `learn`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log, sqrt

from sqlalchemy import select
from sqlalchemy.orm import Session

import dispatch
from dispatch.risk.spreads import USUAL_DURATION, USUAL_TRAVEL, Spread
from models import FaultCategory, ServiceRequest, Site, Skill, Technician, Visit
from operations.foundation.figures import figures_at
from operations.planning.crew import Point
from policies.visit_states import VisitState

MEMORY = dt.timedelta(days=365)
"""Older visits tell little about today's work."""
PRIOR_WEIGHT = 10.0
"""The usual spread counts for as much as this many observations."""
LEAST_FACTOR, LARGEST_FACTOR = 0.1, 10.0
"""A report outside these was a text sent too late, not work done."""
SAME_TRIP = dt.timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class LearntSpreads:
    """What history says: of all durations, of those of a skill, of those of a fault, and of drives."""

    duration: Spread = USUAL_DURATION
    travel: Spread = USUAL_TRAVEL
    by_skill: Mapping[str, Spread] = field(default_factory=dict)
    by_fault: Mapping[str, Spread] = field(default_factory=dict)
    observations: int = 0
    drives: int = 0

    def duration_of(self, *, fault: str | None, skill: str | None) -> Spread:
        """The spread of the fault if it was ever seen, else of its skill, else of all work."""
        return self.by_fault.get(fault or "") or self.by_skill.get(skill or "") or self.duration


def learn(factors: Sequence[float], prior: Spread, *, weight: float = PRIOR_WEIGHT) -> Spread:
    """The spread of these factors, drawn towards the prior as if that had been seen `weight` times.

    With n logarithms of mean m and sum of squared deviations q, prior mean p and standard deviation s, weight k:
    mean (k p + n m) / (k + n), variance (k s² + q + k n / (k + n) (m - p)²) / (k + n). Nothing seen gives the prior;
    the more is seen, the less the prior matters.
    """
    logs = [log(factor) for factor in factors]
    count = len(logs)
    if not count:
        return prior
    mean = sum(logs) / count
    deviations = sum((value - mean) ** 2 for value in logs)
    apart = mean - log(prior.median_factor)
    total = weight + count
    middle = (weight * log(prior.median_factor) + count * mean) / total
    variance = (weight * prior.log_sigma**2 + deviations + weight * count / total * apart**2) / total
    return Spread(exp(middle), sqrt(variance))


def learn_spreads(session: Session, *, area_id: int, before: dt.datetime) -> LearntSpreads:
    """What an area's visits of the year before `before` tell; the usual spreads where there were none."""
    seen = _read_durations(session, area_id, before)
    overall = learn([factor for _, _, factor in seen], USUAL_DURATION)
    by_skill = {
        skill: learn(factors, overall) for skill, factors in _grouped((skill, x) for _, skill, x in seen).items()
    }
    skills = {fault: skill for fault, skill, _ in seen}
    by_fault = {
        fault: learn(factors, by_skill[skills[fault]])
        for fault, factors in _grouped((fault, x) for fault, _, x in seen).items()
    }
    drives = _read_drives(session, area_id, before)
    return LearntSpreads(overall, learn(drives, USUAL_TRAVEL), by_skill, by_fault, len(seen), len(drives))


def _grouped(pairs: Iterable[tuple[str, float]]) -> dict[str, list[float]]:
    groups: dict[str, list[float]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups


def _read_durations(session: Session, area_id: int, before: dt.datetime) -> list[tuple[str, str, float]]:
    rows = session.execute(
        select(FaultCategory.code, Skill.code, Visit.duration_minutes, Visit.arrived_at, Visit.completed_at)
        .join(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .join(FaultCategory, FaultCategory.id == ServiceRequest.fault_category_id)
        .join(Skill, Skill.id == FaultCategory.skill_id)
        .where(
            Visit.area_id == area_id,
            Visit.state == VisitState.COMPLETED,
            Visit.completed_at < before,
            Visit.completed_at >= before - MEMORY,
            Visit.duration_minutes > 0,
        )
        .order_by(Visit.id)
    )
    seen = []
    for fault, skill, minutes, arrived_at, completed_at in rows:
        if arrived_at is not None and completed_at is not None:
            factor = (completed_at - arrived_at) / dt.timedelta(minutes=minutes)
            if LEAST_FACTOR <= factor <= LARGEST_FACTOR:
                seen.append((fault, skill, factor))
    return seen


def _read_drives(session: Session, area_id: int, before: dt.datetime) -> list[float]:
    """Minutes between "on the way" and "arrived" over those planned, from the visit before it on the same trip."""
    figures = figures_at(session, before)
    rows = session.execute(
        select(
            Visit.technician_id,
            Visit.set_out_at,
            Visit.arrived_at,
            Visit.completed_at,
            Site.latitude,
            Site.longitude,
        )
        .join(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .join(Site, Site.id == ServiceRequest.site_id)
        .join(Technician, Technician.id == Visit.technician_id)
        .where(
            Visit.area_id == area_id,
            Visit.arrived_at.is_not(None),
            Visit.arrived_at < before,
            Visit.arrived_at >= before - MEMORY,
        )
        .order_by(Visit.technician_id, Visit.arrived_at)
    )
    speed = figures.city_speed_km_per_hour * 1000 / 3600
    factors: list[float] = []
    last: tuple[int | None, dt.datetime | None, Point] = (None, None, (0.0, 0.0))
    for technician_id, set_out_at, arrived_at, completed_at, latitude, longitude in rows:
        here = latitude, longitude
        technician, ended_at, there = last
        if technician == technician_id and ended_at and set_out_at and arrived_at:
            planned = _metres(there, here) * figures.circuity_percent / 100 / speed + figures.travel_buffer_minutes * 60
            factor = (arrived_at - set_out_at).total_seconds() / planned
            if dt.timedelta() <= set_out_at - ended_at < SAME_TRIP and LEAST_FACTOR <= factor <= LARGEST_FACTOR:
                factors.append(factor)
        last = technician_id, completed_at, here
    return factors


def _metres(one: Point, other: Point) -> float:
    return float(dispatch.straight_line_travel((one, other), circuity=1.0, speed_km_per_hour=1.0).metres[0, 1])
