"""The key figures: how well promises were kept, repairs went and calls were answered, against their targets (R)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Commitment, Complaint, ServiceRequest
from operations.foundation.figures import figures_at
from operations.reports.figure_groups import (
    DAY_HOURS,
    count_group,
    decided,
    find_answers,
    find_calls,
    find_group,
    find_repairs,
    find_visits,
    list_group,
)
from operations.reports.figure_sums import (
    list_claimed,
    list_costs,
    list_drives,
    list_granted,
    list_paid,
    list_parts,
    list_stays,
    sum_claims_cents,
    sum_fitted_cents,
    sum_other_costs_cents,
    sum_shifts,
)
from operations.reports.parcels_on_time import find_parcels, list_late, list_on_time
from operations.reports.records import list_complaints, list_requests
from operations.reports.shape import Record, Stretch, Unit, share, within
from policies.commitments import CommitmentKind, CommitmentState


class Side(StrEnum):
    """Which records of a figure are meant: those it counts, the others of a share, or what it is divided by."""

    COUNTED = "counted"
    OTHERS = "others"
    AGAINST = "against"


SHARE = (Side.COUNTED, Side.OTHERS)
RATIO = (Side.COUNTED, Side.AGAINST)
ALONE = (Side.COUNTED,)
MonthEnds = Sequence[dt.datetime]
TARGETS = {
    f"kept_{CommitmentKind.ON_SITE}": 99.8,
    "parcels_on_time": 99.8,
    f"kept_{CommitmentKind.ANSWER}": 100.0,
    "repaired_in_a_day": 90.0,
    "repaired_in_a_week": 90.0,
    "repair_pass_rate": 98.0,
    "satisfaction": 95.0,
}
"""The least shares the manual wants, in percent."""


class NoSuchFigure(ValueError):
    """There is no key figure of this name, or no such side of it."""


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure: `part` of `whole`, its value, and the manual's target where there is one.

    `is_at_least`: the target is a least value; otherwise it is a most. `sides` are the lists of records it opens into;
    `counted_in` is the unit of `part` and `whole`.
    """

    name: str
    unit: Unit
    part: float
    whole: float
    value: float | None
    target: float | None = None
    is_at_least: bool = True
    sides: tuple[Side, ...] = SHARE
    counted_in: Unit = Unit.COUNT

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None without a target or without anything to measure."""
        if self.target is None or self.value is None:
            return None
        return self.value >= self.target if self.is_at_least else self.value <= self.target


def read_key_figures(session: Session, stretch: Stretch, *, month_ends: MonthEnds) -> list[KeyFigure]:
    """Return every key figure of a stretch, in the order of the page; `month_ends` are the ends of its months."""
    readers = dict.fromkeys(_READERS.values())
    found = {one.name: one for read in readers for one in read(session, stretch, month_ends)}
    return [found[name] for name in _READERS if name in found]


def read_key_figure(session: Session, stretch: Stretch, *, name: str, month_ends: MonthEnds) -> KeyFigure:
    """Return one key figure of a stretch. Raises NoSuchFigure."""
    read = _READERS.get(name)
    if read is None:
        raise NoSuchFigure(name)
    found = (one for one in read(session, stretch, month_ends) if one.name == name)
    return next(found, None) or _percent(name, 0, 0)


def list_figure_records(session: Session, stretch: Stretch, *, name: str, side: Side) -> Sequence[Record]:
    """Return the records behind one side of a figure, the newest first, 500 at most. Raises NoSuchFigure."""
    listed = _LISTS.get((name, side))
    if listed is not None:
        return listed(session, stretch)
    group = find_group(session, stretch, name)
    if group is None or side is Side.AGAINST:
        raise NoSuchFigure(f"{name}: {side}")
    return list_group(session, group, name, wanted=side is Side.COUNTED)


def _percent(name: str, part: float, whole: float) -> KeyFigure:
    return KeyFigure(name, Unit.PERCENT, part, whole, share(part, whole), TARGETS.get(name))


def _commitments(session: Session, stretch: Stretch, _: MonthEnds) -> Iterator[KeyFigure]:
    """Promises that were decided in the stretch: kept of kept and broken."""
    counts = {
        (kind, state): count
        for kind, state, count in session.execute(
            select(Commitment.kind, Commitment.state, func.count())
            .where(*decided(stretch))
            .group_by(Commitment.kind, Commitment.state)
        )
    }
    for kind in CommitmentKind:
        kept, broken = (counts.get((kind, state), 0) for state in (CommitmentState.MET, CommitmentState.BROKEN))
        if kept + broken or f"kept_{kind}" in TARGETS:
            yield _percent(f"kept_{kind}", kept, kept + broken)


def _visits(session: Session, stretch: Stretch, _: MonthEnds) -> Iterator[KeyFigure]:
    """Windows kept and parts at hand; in minutes, time on site of the shifts' and time on the way of the work's."""
    visits = count_group(session, find_visits(session, stretch))
    for name, counts in visits.parts.items():
        yield _percent(name, *counts)
    on_site, driven = round(visits.sums["on_site"]), round(visits.sums["driven"])
    for name, part, whole, sides in (
        ("utilisation", on_site, sum_shifts(session, stretch), RATIO),
        ("travel_share", driven, driven + on_site, SHARE),
    ):
        yield KeyFigure(name, Unit.PERCENT, part, whole, share(part, whole), sides=sides, counted_in=Unit.MINUTES)


def _repairs(session: Session, stretch: Stretch, _: MonthEnds) -> Iterator[KeyFigure]:
    found = count_group(session, find_repairs(session, stretch))
    for name, (part, solved) in found.parts.items():
        if name == "mean_repair_days":
            days = round(found.sums["hours"] / solved / DAY_HOURS, 1) if solved else None
            yield KeyFigure(name, Unit.COUNT, solved, solved, days, 3.0, is_at_least=False, sides=ALONE)
        else:
            yield _percent(name, part, solved)


def _repeats(session: Session, stretch: Stretch, _: MonthEnds) -> Iterator[KeyFigure]:
    repeats = session.scalar(
        select(func.count()).where(ServiceRequest.repeat_of_id.is_not(None), within(ServiceRequest.opened_at, stretch))
    )
    count = repeats or 0
    yield KeyFigure("repeat_calls", Unit.COUNT, count, count, count, 0, is_at_least=False, sides=ALONE)


def _calls(session: Session, stretch: Stretch, _: MonthEnds) -> Iterator[KeyFigure]:
    for name, (part, number) in count_group(session, find_calls(stretch)).parts.items():
        if name == "calls":
            yield KeyFigure(name, Unit.COUNT, number, number, number, sides=ALONE)
        else:
            yield _percent(name, part, number)


def _parcels(session: Session, stretch: Stretch, _: MonthEnds) -> Iterator[KeyFigure]:
    found = find_parcels(session, stretch)
    yield _percent("parcels_on_time", len(found.on_time), len(found.on_time) + len(found.late))


def _claims(session: Session, stretch: Stretch, _: MonthEnds) -> Iterator[KeyFigure]:
    granted, claimed = sum_claims_cents(session, stretch)
    value = share(granted, claimed)
    yield KeyFigure("claims_granted", Unit.PERCENT, granted, claimed, value, sides=RATIO, counted_in=Unit.CENTS)


def _complaints(session: Session, stretch: Stretch, _: MonthEnds) -> Iterator[KeyFigure]:
    complaints = session.scalar(select(func.count()).where(within(Complaint.opened_at, stretch))) or 0
    requests = session.scalar(select(func.count()).where(within(ServiceRequest.opened_at, stretch))) or 0
    value = share(complaints, requests)
    yield KeyFigure("complaints_per_hundred", Unit.PERCENT, complaints, requests, value, sides=RATIO)


def _satisfaction(session: Session, stretch: Stretch, _: MonthEnds) -> Iterator[KeyFigure]:
    yield _percent("satisfaction", *count_group(session, find_answers(stretch)).parts["satisfaction"])


def _spending(session: Session, stretch: Stretch, month_ends: MonthEnds) -> Iterator[KeyFigure]:
    """Parts fitted, and what the service cost of its budget: for each month what the figures at its end allow."""
    fitted = sum_fitted_cents(session, stretch)
    yield KeyFigure("parts_fitted", Unit.CENTS, fitted, fitted, fitted, sides=ALONE, counted_in=Unit.CENTS)
    budget = sum(figures_at(session, end - dt.timedelta(microseconds=1)).service_budget_cents for end in month_ends)
    cost = fitted + sum_other_costs_cents(session, stretch)
    yield KeyFigure(
        "budget_spent",
        Unit.PERCENT,
        cost,
        budget,
        share(cost, budget),
        100.0 if budget else None,
        is_at_least=False,
        sides=ALONE,
        counted_in=Unit.CENTS,
    )


_READERS: dict[str, Callable[[Session, Stretch, MonthEnds], Iterator[KeyFigure]]] = {
    **dict.fromkeys((f"kept_{kind}" for kind in CommitmentKind), _commitments),
    **dict.fromkeys(("last_window_kept", "first_window_kept"), _visits),
    "first_time_fix": _repairs,
    "repaired_in_a_day": _repairs,
    "repaired_in_a_week": _repairs,
    "mean_repair_days": _repairs,
    "repair_pass_rate": _repairs,
    "repeat_calls": _repeats,
    **dict.fromkeys(("calls", "calls_abandoned", "calls_self_solved"), _calls),
    **dict.fromkeys(("utilisation", "travel_share", "parts_at_hand"), _visits),
    "parts_fitted": _spending,
    "parcels_on_time": _parcels,
    "claims_granted": _claims,
    "complaints_per_hundred": _complaints,
    "satisfaction": _satisfaction,
    "budget_spent": _spending,
}
"""Who reads which figure, in the order of the page."""


def _list_opened(session: Session, stretch: Stretch) -> Sequence[Record]:
    return list_requests(session, within(ServiceRequest.opened_at, stretch))


_LISTS: dict[tuple[str, Side], Callable[[Session, Stretch], Sequence[Record]]] = {
    ("repeat_calls", Side.COUNTED): lambda session, stretch: list_requests(
        session, ServiceRequest.repeat_of_id.is_not(None), within(ServiceRequest.opened_at, stretch)
    ),
    ("utilisation", Side.COUNTED): list_stays,
    ("utilisation", Side.AGAINST): list_paid,
    ("travel_share", Side.COUNTED): list_drives,
    ("travel_share", Side.OTHERS): list_stays,
    ("parts_fitted", Side.COUNTED): list_parts,
    ("complaints_per_hundred", Side.COUNTED): lambda session, stretch: list_complaints(
        session, within(Complaint.opened_at, stretch)
    ),
    ("complaints_per_hundred", Side.AGAINST): _list_opened,
    ("budget_spent", Side.COUNTED): list_costs,
    ("claims_granted", Side.COUNTED): list_granted,
    ("claims_granted", Side.AGAINST): list_claimed,
    ("parcels_on_time", Side.COUNTED): list_on_time,
    ("parcels_on_time", Side.OTHERS): list_late,
}
"""The records of figures that are no shares of one kind of thing."""
