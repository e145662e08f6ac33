"""Technicians hear which parts to fetch on their way, each stop once (P2, D10)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Requisition, Technician, Visit
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.parts.part_supply import PlannedPickUp, list_pick_ups
from operations.parts.stock import list_parts
from outbox.enqueue import enqueue_message
from outbox.words import load_words, name_in, write_time
from policies.parts import RequisitionState
from policies.visit_states import VisitState

_KNOWN = {VisitState.DISPATCHED, VisitState.ACKNOWLEDGED}
"""Whoever has not been told of the visit is not told of its parts either."""


def tell_pick_ups(session: Session, *, technician_id: int | None, now: dt.datetime) -> int:
    """Text a technician what to fetch for the visits he knows of; what he was told already is not told again.

    Return how many texts were stored.
    """
    technician = session.get(Technician, technician_id) if technician_id is not None else None
    if technician is None:
        return 0
    session.flush()
    mine = {technician.id}
    planned = list_pick_ups(session, area_id=technician.area_id, technician_ids=mine, now=now, states=_KNOWN)
    return sum(_tell(session, technician, one, now) for one in planned)


def _tell(session: Session, technician: Technician, one: PlannedPickUp, now: dt.datetime) -> bool:
    visit = session.get_one(Visit, one.visit_id)
    if visit.state not in _KNOWN or _is_undecided(session, visit):
        return False
    units = ",".join(f"{number}*{count}" for number, count in sorted(one.units.items()))
    message = enqueue_message(
        session,
        event=f"visit:{visit.id}:pick_up:{one.place.code}:{units}",
        recipient=f"technician:{technician.id}",
        to_number=technician.phone,
        language=technician.language,
        template="pick_up",
        values={
            "code": visit.code,
            "parts": _write_units(session, technician, one),
            "place": name_in(one.place, technician.language),
            "time": write_time(one.at, time_zone=technician.area.time_zone),
        },
        now=now,
        expires_at=now + dt.timedelta(hours=figures_at(session, now).message_expiry_hours),
        visit_id=visit.id,
    )
    return message is not None


def tell_refused_wish(session: Session, *, requisition: Requisition, house: House, now: dt.datetime) -> None:
    """Text a technician that what he asked for is not coming; a wish for no visit was somebody's at the store."""
    technician = requisition.to_place.technician
    visit = session.get(Visit, requisition.visit_id) if requisition.visit_id is not None else None
    if technician is None or visit is None:
        return
    separator = str(load_words(technician.language)["list_separator"])
    parts = separator.join(f"{line.quantity} × {line.part.number}" for line in requisition.lines)
    enqueue_message(
        session,
        event=f"requisition:{requisition.id}:refused",
        recipient=f"technician:{technician.id}",
        to_number=technician.phone,
        language=technician.language,
        template="parts_refused",
        values={"code": visit.code, "parts": parts, "hotline": house.hotline_number},
        now=now,
        expires_at=now + dt.timedelta(hours=figures_at(session, now).message_expiry_hours),
        visit_id=visit.id,
    )


def _is_undecided(session: Session, visit: Visit) -> bool:
    """Tell whether the parts keeper has still to say yes to something that was asked for this visit."""
    asked = select(Requisition.id).where(
        Requisition.visit_id == visit.id, Requisition.state == RequisitionState.REQUESTED
    )
    return session.scalar(asked.limit(1)) is not None


def _write_units(session: Session, technician: Technician, one: PlannedPickUp) -> str:
    parts = list_parts(session, one.units)
    separator = str(load_words(technician.language)["list_separator"])
    return separator.join(
        f"{one.units[part.number]} × {part.number} {name_in(part, technician.language)}" for part in parts
    )
