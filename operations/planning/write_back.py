"""Write a plan's routes into the live plan's stops."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

import dispatch
from models import Stop
from operations.planning.snapshot import Snapshot, hold_key, id_in_key, visit_key


def write_stops(
    session: Session, *, area_id: int, snapshot: Snapshot, plan: dispatch.Plan, stops: Sequence[Stop]
) -> None:
    """Bring the stops' shifts and times in line with `plan`; visits and holds new to the plan get a stop of their own.

    Stops of visits that have started are not part of the plan and stay as they are.
    """
    known = {_key(stop): stop for stop in stops}
    for route in plan.routes:
        for planned in route.stops:
            stop = known.get(planned.visit_id) or _new_stop(area_id, planned.visit_id)
            stop.shift_id = int(route.shift_id)
            stop.planned_arrive_at = snapshot.instant(planned.arrive_seconds)
            stop.planned_start_at = snapshot.instant(planned.start_seconds)
            stop.planned_end_at = snapshot.instant(planned.end_seconds)
            stop.travel_seconds = round(planned.travel_seconds)
            stop.travel_metres = round(planned.travel_metres)
            session.add(stop)
    session.flush()


def _key(stop: Stop) -> str:
    return visit_key(stop.visit_id) if stop.visit_id is not None else hold_key(stop.hold_id or 0)


def _new_stop(area_id: int, key: str) -> Stop:
    row_id = id_in_key(key)
    if key.startswith("hold:"):
        return Stop(area_id=area_id, hold_id=row_id)
    return Stop(area_id=area_id, visit_id=row_id)
