"""The demo city's parts: two warehouses, a van for each technician, and what past visits used (P1, P2)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.demo_city.content import read_rows
from models import FaultCategory, Part, ServiceRequest, Visit
from operations.imports.certificates import import_certificates
from operations.imports.loaners import import_loaners
from operations.imports.parts import import_parts
from operations.imports.places import import_places
from operations.imports.preventive import import_preventive
from operations.parts.stock import end_place, find_van, move_stock, use_part
from outbox.words import CONTENT
from policies.parts import MoveKind, PlaceKind
from policies.visit_states import VisitState

REMEMBERED_VISITS = 150
EVERY = 3
"""Of so many visits for a fault all but one used its part."""


def load_parts(session: Session, *, now: dt.datetime) -> None:
    """Write what an organisation loads from files: parts and where they lie, loaners, plans of care, certificates."""
    import_places(session, data=(CONTENT / "demo" / "places.csv").read_bytes())
    import_parts(session, data=(CONTENT / "demo" / "parts.csv").read_bytes(), now=now)
    import_certificates(session, data=(CONTENT / "demo" / "certificates.csv").read_bytes(), now=now)
    import_loaners(session, data=(CONTENT / "demo" / "loaners.csv").read_bytes())
    import_preventive(session, data=(CONTENT / "demo" / "preventive.csv").read_bytes())


def load_used_parts(session: Session) -> None:
    """Let the latest past visits have used the part of their fault, so that there is something to learn from."""
    parts = {row["fault"]: row["part"] for row in read_rows("demo/fault_parts")}
    stored = {part.number: part for part in session.scalars(select(Part))}
    visits = session.execute(
        select(Visit, FaultCategory.code)
        .join(ServiceRequest, ServiceRequest.id == Visit.request_id)
        .join(FaultCategory, FaultCategory.id == ServiceRequest.fault_category_id)
        .where(Visit.state == VisitState.COMPLETED, Visit.completed_at.is_not(None))
        .order_by(Visit.completed_at.desc(), Visit.id)
        .limit(REMEMBERED_VISITS)
    ).all()
    for number, (visit, fault) in enumerate(visits):
        if fault in parts and number % EVERY and visit.completed_at is not None:
            _fit(session, visit, stored[parts[fault]], visit.completed_at)


def _fit(session: Session, visit: Visit, part: Part, at: dt.datetime) -> None:
    move_stock(
        session,
        kind=MoveKind.RECEIPT,
        part=part,
        quantity=1,
        from_place=end_place(session, PlaceKind.SUPPLIER),
        to_place=find_van(session, technician_id=visit.technician_id),
        by="demo",
        now=at,
    )
    use_part(session, visit=visit, part=part, quantity=1, by="demo", now=at)
