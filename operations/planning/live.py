"""One step on the live plan: lock it, read it, and write what the planner answered, all in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import dispatch
from models import FaultCategory, LivePlan, ServiceRequest, Site, Stop, Visit
from operations.foundation.figures import figures_at
from operations.foundation.memory import seen_changes
from operations.planning.crew import read_time_zone
from operations.planning.live_plan import lock_live_plan, take_step
from operations.planning.road_times import read_road_rows
from operations.planning.rows import PlacedStop, PlanRows, read_plan_rows
from operations.planning.snapshot import Snapshot, list_points, make_snapshot
from operations.planning.write_back import write_stops
from policies.figures import Figures

_NEEDS = (
    joinedload(ServiceRequest.site).joinedload(Site.territory),
    joinedload(ServiceRequest.fault_category).joinedload(FaultCategory.skill),
)


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """An area's live plan as it was read at `revision`. Locked, hand it to `save_plan` at most once.

    `rests_on` are the changes of crew and rules that were known then.
    """

    row: LivePlan
    revision: int
    rests_on: dict[str, int]
    rows: PlanRows
    snapshot: Snapshot
    figures: Figures
    time_zone: str

    @property
    def stops(self) -> Sequence[PlacedStop]:
        """The places behind the plan."""
        return self.rows.stops

    @property
    def stranded(self) -> dict[str, PlacedStop]:
        """The promised visits nobody comes to as things stand, by key: their technician is away, or has no time left.

        They keep their place in the rows, and are in the problem, but not in the plan.
        """
        driven = {stop.visit_id for route in self.snapshot.plan.routes for stop in route.stops}
        left = {visit.id for visit in self.snapshot.problem.visits} - driven
        return {stop.key: stop for stop in self.stops if stop.hold_id is None and stop.key in left}


def open_plan(
    session: Session,
    *,
    area_id: int,
    now: dt.datetime,
    also: Sequence[Visit] = (),
    technicians: Collection[int] | None = None,
) -> OpenPlan:
    """Lock the area's live plan and read it as a problem; `also` names visits that have no place yet.

    With `technicians` their shifts and visits alone are read, and written by `save_plan`: the others stay as they are.
    """
    session.flush()
    row = lock_live_plan(session, area_id=area_id, now=now)
    return _read(session, row, now=now, also=also, technicians=technicians)


def read_plan(
    session: Session,
    *,
    area_id: int,
    now: dt.datetime,
    also: Sequence[Visit] = (),
    technicians: Collection[int] | None = None,
    without: Collection[int] = (),
) -> OpenPlan:
    """Read the area's live plan without locking it, for a solve or a page; `hold_plan` locks it before `save_plan`.

    `also` names visits that have no place yet. With `technicians` their shifts and visits alone are read; `without`
    are held windows (SlotHold ids) read as if they had been freed.
    """
    row = session.get(LivePlan, area_id) or LivePlan(area_id=area_id, revision=0, changed_at=now)
    return _read(session, row, now=now, also=also, technicians=technicians, without=without)


def hold_plan(session: Session, seen: OpenPlan, *, now: dt.datetime) -> OpenPlan | None:
    """Lock a plan that was read without; None when it, or what it rests on, has changed meanwhile.

    It is locked in both cases. Whoever reads first and locks then lets nobody wait for the reading and thinking.
    """
    row = lock_live_plan(session, area_id=seen.row.area_id, now=now)
    is_the_same = row.revision == seen.revision and seen_changes(session) == seen.rests_on
    return replace(seen, row=row) if is_the_same else None


def save_plan(session: Session, opened: OpenPlan, plan: dispatch.Plan, *, now: dt.datetime) -> None:
    """Write `plan` as the next revision of the live plan."""
    write_stops(session, area_id=opened.row.area_id, snapshot=opened.snapshot, plan=plan)
    take_step(session, plan=opened.row, now=now)


def drop_stops(session: Session, stops: Iterable[Stop]) -> None:
    """Take stops out of the live plan; the caller takes the step."""
    for stop in stops:
        session.delete(stop)
    session.flush()


def _read(
    session: Session,
    row: LivePlan,
    *,
    now: dt.datetime,
    also: Sequence[Visit],
    technicians: Collection[int] | None = None,
    without: Collection[int] = (),
) -> OpenPlan:
    # Before the rows: what changes in between makes them newer than these, never older.
    revision, rests_on = row.revision, seen_changes(session)
    figures = figures_at(session, now)
    time_zone = read_time_zone(session, area_id=row.area_id)
    _read_needs(session, also)
    until = now + dt.timedelta(hours=figures.horizon_hours)
    rows = read_plan_rows(session, area_id=row.area_id, now=now, until=until, technicians=technicians)
    if without:
        rows = replace(rows, stops=[stop for stop in rows.stops if stop.hold_id not in without])
    roads = read_road_rows(session, area_id=row.area_id, points=list_points(rows, also))
    snapshot = make_snapshot(rows, time_zone=time_zone, figures=figures, now=now, also=also, roads=roads)
    return OpenPlan(row, revision, rests_on, rows, snapshot, figures, time_zone)


def _read_needs(session: Session, visits: Sequence[Visit]) -> None:
    """Bring in one query what `needs_of` looks at, instead of one for each."""
    if visits:
        ids = [visit.request_id for visit in visits]
        session.scalars(select(ServiceRequest).where(ServiceRequest.id.in_(ids)).options(*_NEEDS)).all()
