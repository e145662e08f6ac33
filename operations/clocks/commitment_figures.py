"""Commitments counted: kept, broken, at risk, by whatever one asks; each figure opens into its clocks (K1, R)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, exists, extract, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from models import ClockTimer, Commitment, Visit
from operations.clocks.past_months import keep_month
from operations.foundation.portions import Portion, read_portion
from policies.clocks.timers import TimerState
from policies.commitments import CommitmentState

Instant = InstrumentedAttribute[dt.datetime | None]
Month = tuple[str, dt.datetime, dt.datetime]
Wanted = TypeVar("Wanted", bound=Select[*tuple[Any, ...]])
NO_AREA = 0
"""Instead of an area's id: what belongs to none."""
QUARTER = dt.timedelta(minutes=15)
QUARTER_SECONDS = 15 * 60
UNDECIDED = (CommitmentState.RUNNING, CommitmentState.PAUSED)


class Standing(StrEnum):
    """How a figure counts a clock. At risk: it has warned, and nothing has met it yet."""

    KEPT = "kept"
    BROKEN = "broken"
    AT_RISK = "at_risk"
    RUNNING = "running"


Counted = Iterator[tuple[Any, Standing, int]]
"""A group, a standing, and how many clocks of the group stand so."""
DECIDED = {CommitmentState.MET: Standing.KEPT, CommitmentState.BROKEN: Standing.BROKEN}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which clocks are meant: those started in a period, narrowed by what is given."""

    from_at: dt.datetime
    until_at: dt.datetime
    kind: str | None = None
    area_id: int | None = None
    agreement: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many clocks of a group stand how."""

    group: str
    counts: Counter[Standing]

    @property
    def share(self) -> int | None:
        """Kept of all decided, in whole percent, rounded down: 99.9 % is not all. None while none is decided."""
        decided = self.counts[Standing.KEPT] + self.counts[Standing.BROKEN]
        return self.counts[Standing.KEPT] * 100 // decided if decided else None


@dataclass(frozen=True, slots=True)
class WindowsKept:
    """How many visits of a period were on time by their first and by their last promised window (D5)."""

    arrived: int
    first: int
    last: int


def tally_by(session: Session, *, choice: Choice, by: str) -> list[Tally]:
    """Return a tally for each "kind", "area_id" or "agreement" that has clocks in the choice; "" where it has none."""
    column = getattr(Commitment, by)
    found: dict[str, Counter[Standing]] = {}
    for group, standing, count in (*_count_decided(session, choice, column), *_count_open(session, choice, column)):
        found.setdefault("" if group is None else str(group), Counter())[standing] += count
    return [Tally(group, found[group]) for group in sorted(found)]


def tally_months(session: Session, *, choice: Choice, months: Sequence[Month], now: dt.datetime) -> list[Tally]:
    """Return a tally for each month (its name, first and last instant), narrowed as the choice is.

    Of all clocks, what was decided in a month that is over is counted once and kept (operations/clocks/past_months.py).
    """
    tallies = []
    for name, from_at, until_at in months:
        wanted = replace(choice, from_at=from_at, until_at=until_at)
        read = partial(_sum_decided, session, wanted)
        is_narrowed = wanted != Choice(from_at, until_at)
        decided = read() if is_narrowed else keep_month(session, from_at=from_at, until_at=until_at, now=now, read=read)
        tallies.append(Tally(name, decided + _add_up(_count_open(session, wanted))))
    return tallies


def count_hours(session: Session, *, choice: Choice, zone: ZoneInfo) -> dict[tuple[int, int], Tally]:
    """Return by weekday (Monday 0) and local hour of their start how the decided clocks of the choice stand.

    The database counts by quarters of an hour, of which every zone's hours are made.
    """
    quarter = _quarter_of(session, Commitment.started_at).label("quarter")
    columns = _chosen(select(quarter, Commitment.state, func.count()), choice).where(Commitment.state.in_(DECIDED))
    counts: dict[tuple[int, int], Counter[Standing]] = {}
    for number, state, count in session.execute(columns.group_by("quarter", Commitment.state)):
        local = dt.datetime.fromtimestamp(int(number) * QUARTER_SECONDS, zone)
        counts.setdefault((local.weekday(), local.hour), Counter())[DECIDED[state]] += count
    return {hour: Tally(f"{hour[0]}:{hour[1]}", counted) for hour, counted in counts.items()}


def list_commitments(
    session: Session,
    *,
    choice: Choice,
    standing: Standing | None,
    hour: tuple[int, int] | None = None,
    zone: ZoneInfo,
    most: int,
) -> Portion[Commitment]:
    """Return the clocks behind a figure, the newest first; `hour` is weekday and local hour of a start."""
    wanted = _chosen(select(Commitment), choice).order_by(Commitment.started_at.desc(), Commitment.id.desc())
    if standing is not None:
        wanted = wanted.where(_STANDINGS[standing]())
    if hour is not None:
        wanted = wanted.where(or_(false(), *_hours(choice, hour, zone)))
    return read_portion(session, wanted, most=most)


def count_windows_kept(session: Session, *, choice: Choice) -> WindowsKept:
    """Return how many arrivals of the period lay inside the windows promised first and last."""
    row = session.execute(
        select(
            func.count(),
            func.sum(_inside(Visit.first_window_from_at, Visit.first_window_until_at)),
            func.sum(_inside(Visit.window_from_at, Visit.window_until_at)),
        ).where(
            Visit.arrived_at >= choice.from_at,
            Visit.arrived_at < choice.until_at,
            Visit.window_from_at.is_not(None),
            *([Visit.area_id == choice.area_id] if choice.area_id else []),
        )
    ).one()
    return WindowsKept(row[0], row[1] or 0, row[2] or 0)


def find_clock(session: Session, *, clock_id: int) -> Commitment | None:
    """Return one clock, or None."""
    return session.scalars(select(Commitment).where(Commitment.id == clock_id)).one_or_none()


def list_timers(session: Session, *, clock: Commitment) -> Sequence[ClockTimer]:
    """Return a clock's warnings and escalations in the order they fall due."""
    wanted = select(ClockTimer).where(ClockTimer.commitment_id == clock.id).options(joinedload(ClockTimer.commitment))
    return session.scalars(wanted.order_by(ClockTimer.due_at, ClockTimer.id)).all()


def _chosen(wanted: Wanted, choice: Choice) -> Wanted:
    wanted = wanted.where(Commitment.started_at >= choice.from_at, Commitment.started_at < choice.until_at)
    if choice.area_id is not None:
        wanted = wanted.where(Commitment.area_id == (choice.area_id or None))
    for column, value in ((Commitment.kind, choice.kind), (Commitment.agreement, choice.agreement)):
        if value is not None:
            wanted = wanted.where(column == value)
    return wanted


def _sum_decided(session: Session, choice: Choice) -> Counter[Standing]:
    return _add_up(_count_decided(session, choice))


def _add_up(counted: Counted) -> Counter[Standing]:
    counts: Counter[Standing] = Counter()
    for _, standing, number in counted:
        counts[standing] += number
    return counts


def _count_decided(session: Session, choice: Choice, *groups: Any) -> Counted:  # noqa: ANN401 (a column)
    """Yield group, standing and how many of what was kept or broken, read from an index."""
    decided = _chosen(select(Commitment.state, func.count(), *groups), choice).where(Commitment.state.in_(DECIDED))
    for state, count, *group in session.execute(decided.group_by(Commitment.state, *groups)):
        yield next(iter(group), None), DECIDED[state], count


def _count_open(session: Session, choice: Choice, *groups: Any) -> Counted:  # noqa: ANN401
    """Yield group, standing and how many of what is not decided; they are few."""
    for standing in (Standing.AT_RISK, Standing.RUNNING):
        open_ones = _chosen(select(func.count(), *groups), choice).where(_STANDINGS[standing]())
        for count, *group in session.execute(open_ones.group_by(*groups)):
            yield next(iter(group), None), standing, count


def _quarter_of(session: Session, instant: Any) -> ColumnElement[int]:  # noqa: ANN401 (a column)
    """Quarters of an hour since 1970, in the database's own words."""
    if session.get_bind().dialect.name == "postgresql":
        return func.floor(extract("epoch", instant) / QUARTER_SECONDS, type_=Integer)
    return func.floor(func.strftime("%s", instant, type_=Integer) / QUARTER_SECONDS, type_=Integer)


def _hours(choice: Choice, hour: tuple[int, int], zone: ZoneInfo) -> Iterator[ColumnElement[bool]]:
    """Yield a condition for each time that this hour of this weekday comes in the choice."""
    at = choice.from_at.astimezone(dt.UTC)
    while at < choice.until_at:
        local = at.astimezone(zone)
        if (local.weekday(), local.hour) == hour:
            yield (Commitment.started_at >= at) & (Commitment.started_at < at + QUARTER)
        at += QUARTER


def _has_warned() -> ColumnElement[bool]:
    fired = (ClockTimer.commitment_id == Commitment.id) & (ClockTimer.state == TimerState.FIRED)
    return exists().where(fired)


def _inside(from_at: Instant, until_at: Instant) -> ColumnElement[int]:
    is_inside = (Visit.arrived_at >= from_at) & (Visit.arrived_at <= until_at)
    return func.coalesce(is_inside.cast(Integer), 0)


_STANDINGS: dict[Standing, Callable[[], ColumnElement[bool]]] = {
    Standing.KEPT: lambda: Commitment.state == CommitmentState.MET,
    Standing.BROKEN: lambda: Commitment.state == CommitmentState.BROKEN,
    Standing.AT_RISK: lambda: Commitment.state.in_(UNDECIDED) & _has_warned(),
    Standing.RUNNING: lambda: Commitment.state.in_(UNDECIDED) & ~_has_warned(),
}
