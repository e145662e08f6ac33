"""Who is on duty for major faults in the demo city, and the faults somebody had before the demo began (H11)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.demo_city.content import read_rows
from cli.demo_city.shapes import CityDuty
from models import Area, DutyTurn, Message
from operations.foundation.house import House
from operations.matters.major_faults import report_major_faults, take_duty_answer
from policies.duty import DutyRole
from policies.languages import Language
from policies.message_channels import MessageChannel

BEFORE = dt.timedelta(days=1)
LASTS = dt.timedelta(days=30)


def build_duty(*, start_at: dt.datetime) -> tuple[CityDuty, ...]:
    """Return one turn of a month for each person on duty."""
    return tuple(
        CityDuty(
            role=DutyRole(row["role"]),
            position=int(row["position"]),
            name=row["name"],
            name_en=row["name_en"],
            phone=row["phone"],
            language=Language(row["language"]),
            from_at=start_at - BEFORE,
            until_at=start_at - BEFORE + LASTS,
        )
        for row in read_rows("demo/duty")
    )


def hand_out_open_major_faults(session: Session, *, house: House, now: dt.datetime) -> None:
    """Let the first on duty have taken what was reported before the demo began."""
    report_major_faults(session, house=house, now=now)
    for message in session.scalars(select(Message).where(Message.channel == MessageChannel.VOICE)):
        take_duty_answer(session, message=message, is_accepted=True, house=house, now=now)


def load_duty(session: Session, duty: tuple[CityDuty, ...], area: Area) -> None:
    """Write the duty roster."""
    for turn in duty:
        values = {name: getattr(turn, name) for name in CityDuty.__slots__}
        session.add(DutyTurn(area_id=area.id, **values))
    session.flush()
