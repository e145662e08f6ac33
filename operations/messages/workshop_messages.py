"""What customers hear of a machine in the workshop: it is there, takes longer, is ready, or is beyond repair (D14)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from models import WorkshopRepair
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.messages.request_messages import tell_about_request
from policies.workshop import WorkshopState


def tell_in_workshop(session: Session, *, repair: WorkshopRepair, house: House, now: dt.datetime) -> None:
    """Tell that the machine is with us, and within how many working days it is repaired."""
    days = figures_at(session, now).workshop_workdays
    _tell(session, repair, "workshop_received", {"days": days}, house=house, now=now)


def tell_workshop_late(session: Session, *, repair: WorkshopRepair, house: House, now: dt.datetime) -> None:
    """Tell that it takes longer than promised, and that somebody calls about until when (V6)."""
    _tell(session, repair, "workshop_late", {}, house=house, now=now)


def tell_workshop_done(session: Session, *, repair: WorkshopRepair, house: House, now: dt.datetime) -> None:
    """Tell that the machine is ready, or that it is beyond repair and somebody calls about what comes next."""
    is_ready = repair.state is WorkshopState.REPAIRED
    _tell(session, repair, "workshop_ready" if is_ready else "workshop_beyond_repair", {}, house=house, now=now)


def _tell(
    session: Session, repair: WorkshopRepair, template: str, values: dict[str, int], *, house: House, now: dt.datetime
) -> None:
    tell_about_request(
        session,
        request=repair.request,
        event=f"workshop:{repair.id}:{template}",
        template=template,
        values={**values, "serial": repair.asset.serial},
        house=house,
        now=now,
    )
