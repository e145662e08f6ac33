"""A day as full as a large city's, laid over the demo city: for looking at and measuring the board."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import (
    Area,
    Asset,
    FaultCategory,
    LivePlan,
    ServiceRequest,
    Shift,
    Stop,
    Technician,
    TechnicianSkill,
    Visit,
)
from operations.matters.requests import draw_free_number
from operations.planning.live_plan import lock_live_plan, take_step
from policies.channels import Channel
from policies.request_states import RequestState
from policies.visit_states import VisitState

CODE_LETTERS = "CDEFGHJKLMNPQRTUVWXY"
DAY_BEGINS, SHIFT_LENGTH = dt.time(8), dt.timedelta(hours=10)
VISIT, GAP, DRIVE = dt.timedelta(minutes=40), dt.timedelta(minutes=82), dt.timedelta(minutes=25)
WINDOW = dt.timedelta(hours=2)


def crowd_city(session: Session, *, technicians: int, visits: int, days: int, now: dt.datetime) -> int:
    """Add technicians and, for each of the days after today, booked visits; return how many visits there are now.

    Technicians are copies of the demo city's; each has his visits near his home, one after the other. Nobody is told
    of anything.
    """
    draws = random.Random(1)
    area = session.scalars(select(Area).order_by(Area.id)).first()
    if area is None:
        return 0
    plan = lock_live_plan(session, area_id=area.id, now=now)
    team = _add_technicians(session, area, technicians)
    assets = session.scalars(select(Asset).options(joinedload(Asset.site), joinedload(Asset.product))).all()
    codes = ("Z" + "".join(letters) for letters in itertools.product(CODE_LETTERS, repeat=3))
    today = now.astimezone(ZoneInfo(area.time_zone)).date()
    for day in range(1, days + 1):
        shifts = _add_shifts(session, area, team, today + dt.timedelta(days=day))
        session.flush()
        for number in range(visits):
            shift = shifts[number % len(shifts)]
            starts_at = shift.starts_at + DRIVE + (number // len(shifts)) * GAP
            _book(session, plan, shift, _nearby(draws, assets, shift.technician), starts_at, next(codes), draws, now)
    take_step(session, plan=plan, now=now)
    return visits * days


def _add_technicians(session: Session, area: Area, wanted: int) -> Sequence[Technician]:
    team = list(session.scalars(select(Technician).where(Technician.area_id == area.id).order_by(Technician.number)))
    models = list(team)
    for index, number in enumerate(range(len(team), wanted)):
        like = models[index % len(models)]
        copy = Technician(
            area_id=area.id,
            number=f"X{number:03d}",
            name=f"{like.name}{number}",
            name_en=f"{like.name_en} {number}",
            phone=f"+86199{number:08d}",
            language=like.language,
            home_latitude=like.home_latitude + 0.002 * (index % 7),
            home_longitude=like.home_longitude + 0.002 * (index % 5),
            territory_codes=list(like.territory_codes),
        )
        copy.skills = [TechnicianSkill(skill_id=held.skill_id, level=held.level) for held in like.skills]
        session.add(copy)
        team.append(copy)
    session.flush()
    return team[:wanted]


def _add_shifts(session: Session, area: Area, team: Sequence[Technician], on: dt.date) -> list[Shift]:
    starts_at = dt.datetime.combine(on, DAY_BEGINS, ZoneInfo(area.time_zone)).astimezone(dt.UTC)
    known = session.scalars(select(Shift).where(Shift.starts_at == starts_at)).all()
    mine = {shift.technician_id: shift for shift in known}
    shifts = []
    for technician in team:
        shift = mine.get(technician.id)
        if shift is None:
            shift = Shift(
                technician=technician,
                starts_at=starts_at,
                ends_at=starts_at + SHIFT_LENGTH,
                break_minutes=0,
                overtime_limit_minutes=60,
                is_night=False,
            )
            session.add(shift)
        shifts.append(shift)
    return shifts


def _nearby(draws: random.Random, assets: Sequence[Asset], technician: Technician) -> Asset:
    some = draws.sample(assets, k=min(20, len(assets)))
    here = technician.home_latitude, technician.home_longitude
    return min(some, key=lambda one: abs(one.site.latitude - here[0]) + abs(one.site.longitude - here[1]))


def _book(
    session: Session,
    plan: LivePlan,
    shift: Shift,
    asset: Asset,
    starts_at: dt.datetime,
    code: str,
    draws: random.Random,
    now: dt.datetime,
) -> None:
    fault = draws.choice(_faults(session, asset))
    from_at = starts_at.replace(minute=0) - dt.timedelta(hours=starts_at.hour % 2)
    request = ServiceRequest(
        number=draw_free_number(session), area_id=plan.area_id, customer_id=asset.customer_id, site_id=asset.site_id,
        asset_id=asset.id, fault_category_id=fault.id, channel=Channel.DEMO, language=shift.technician.language,
        severity=fault.severity, priority=fault.priority, state=RequestState.BOOKED, note="", answered_by="demo",
        opened_at=now,
    )  # fmt: skip
    visit = Visit(
        request=request, area_id=plan.area_id, technician_id=shift.technician_id, code=code, state=VisitState.BOOKED,
        duration_minutes=VISIT // dt.timedelta(minutes=1), window_from_at=from_at, window_until_at=from_at + WINDOW,
        first_window_from_at=from_at, first_window_until_at=from_at + WINDOW,
    )  # fmt: skip
    session.add(
        Stop(
            area_id=plan.area_id, shift=shift, visit=visit, planned_arrive_at=starts_at, planned_start_at=starts_at,
            planned_end_at=starts_at + VISIT, travel_seconds=round(DRIVE.total_seconds()), travel_metres=8_000,
        )
    )  # fmt: skip


def _faults(session: Session, asset: Asset) -> Sequence[FaultCategory]:
    known: dict[str, Sequence[FaultCategory]] = session.info.setdefault("faults by family", {})
    family = asset.product.family
    if family not in known:
        known[family] = session.scalars(select(FaultCategory).where(FaultCategory.family == family)).all()
    return known[family]
