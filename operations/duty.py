"""Who is on duty now, as the ladder knows them (H11)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import DutyTurn
from policies.duty import OnDuty


def list_on_duty(session: Session, *, area_id: int | None, now: dt.datetime) -> list[OnDuty]:
    """Return everybody on duty for an area at `now`, those on duty for every area among them."""
    turns = session.scalars(
        select(DutyTurn).where(
            DutyTurn.from_at <= now,
            DutyTurn.until_at > now,
            or_(DutyTurn.area_id.is_(None), DutyTurn.area_id == area_id),
        )
    )
    return [OnDuty(turn.id, turn.role, turn.position, turn.area_id is not None) for turn in turns]
