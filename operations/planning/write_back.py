"""Write a plan's routes into the live plan's stops: one UPDATE for what moved, one INSERT for what is new."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

import dispatch
from models import Stop
from operations.planning.rows import hold_key, visit_key
from operations.planning.snapshot import Snapshot, id_in_key


def write_stops(session: Session, *, area_id: int, snapshot: Snapshot, plan: dispatch.Plan) -> None:
    """Bring the stops' shifts and times in line with `plan`; visits and holds new to the plan get a stop of their own.

    Stops of visits that have started are not part of the plan and stay as they are.
    """
    known = _read_places(session, area_id)
    moved, new = [], []
    for route in plan.routes:
        for planned in route.stops:
            values = _values(snapshot, route.shift_id, planned)
            stop_id, place = known.get(planned.visit_id, (None, None))
            if stop_id is None:
                new.append({"area_id": area_id, **_subject(planned.visit_id), **values})
            elif place != tuple(values.values()):
                moved.append({"id": stop_id, **values})
    if moved:
        session.execute(update(Stop), moved)
    if new:
        session.execute(insert(Stop), new)
    # Whoever holds a stop as an object must see what the statements above wrote.
    for stop in session.identity_map.values():
        if isinstance(stop, Stop):
            session.expire(stop)


_PLACES: Final = select(
    Stop.id,
    Stop.visit_id,
    Stop.hold_id,
    Stop.shift_id,
    Stop.planned_arrive_at,
    Stop.planned_start_at,
    Stop.planned_end_at,
    Stop.travel_seconds,
    Stop.travel_metres,
).where(Stop.area_id == bindparam("area_id"))


def _read_places(session: Session, area_id: int) -> dict[str, tuple[int, tuple[Any, ...]]]:
    rows = session.execute(_PLACES, {"area_id": area_id})
    return {
        visit_key(visit_id) if visit_id is not None else hold_key(hold_id or 0): (stop_id, tuple(place))
        for stop_id, visit_id, hold_id, *place in rows
    }


def _values(snapshot: Snapshot, shift_id: str, planned: dispatch.Stop) -> dict[str, Any]:
    return {
        "shift_id": int(shift_id),
        "planned_arrive_at": snapshot.instant(planned.arrive_seconds),
        "planned_start_at": snapshot.instant(planned.start_seconds),
        "planned_end_at": snapshot.instant(planned.end_seconds),
        "travel_seconds": round(planned.travel_seconds),
        "travel_metres": round(planned.travel_metres),
    }


def _subject(key: str) -> dict[str, int]:
    return {"hold_id" if key.startswith("hold:") else "visit_id": id_in_key(key)}
