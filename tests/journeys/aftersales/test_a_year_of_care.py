"""Quarterly maintenance through a year: planned, promised, driven to and done, each time once (F3, D15)."""

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from models import Asset, CareDate, FaultCategory, Shift, Technician as Worker
from policies.care import CareState
from policies.languages import Language
from policies.roles import Role
from tests.journeys.aftersales.people import SHANGHAI, Colleague, wait_for_visit
from tests.town import Town
from tests.web.offices import WANG

SERIAL = "LX-2A345678"
DUE = [dt.date(2027, 2, 23), dt.date(2027, 5, 23), dt.date(2027, 8, 23), dt.date(2027, 11, 23)]
HEADER = "code,kind,name,name_en,rhythm,month,day,after_days,days_before,days_after,family,starts_on,fault,is_active"
CANCEL = ("2", "1", "2")
PLAN = "Q,quarterly_maintenance,季度保养,Quarterly care,quarterly,,,,3,4,,2026-11-23,{fault},true"


@pytest.mark.proof
def test_mr_wangs_machine_is_maintained_each_quarter_of_a_year(shop: Town, tmp_path: Path) -> None:
    clerk = Colleague(shop, Role.CLERK, Language.EN)
    the_plan_comes_in_by_file(shop, tmp_path)
    four_dates_stand_on_the_calendar(shop, clerk)
    for due_on in DUE[:3]:
        the_visit_is_promised_kept_and_done(shop, due_on)
    the_last_one_is_put_off_and_promised_anew(shop, DUE[3])
    each_date_was_kept_once(shop)


def the_plan_comes_in_by_file(town: Town, folder: Path) -> None:
    with town.services.database.writing() as session:
        fault = session.scalars(select(FaultCategory.code).order_by(FaultCategory.id)).first()
        workers = session.scalars(select(Worker.id).where(Worker.number.in_(["T1", "T2"]))).all()
        starts = [
            dt.datetime.combine(on + dt.timedelta(days=day), dt.time(9), dt.UTC) for on in DUE for day in range(-3, 5)
        ]
        session.add_all(
            Shift(
                technician_id=worker_id,
                starts_at=start - SHANGHAI,
                ends_at=start - SHANGHAI + dt.timedelta(hours=9),
                break_minutes=0,
                overtime_limit_minutes=0,
                is_night=False,
            )
            for worker_id in workers
            for start in starts
        )
    file = folder / "plans.csv"
    file.write_text(f"{HEADER}\n{PLAN.format(fault=fault)}\n", encoding="utf-8")
    result = town.app.test_cli_runner().invoke(args=["import", "preventive", str(file)])
    assert result.exit_code == 0, result.output
    town.tick()


def care_dates(town: Town) -> list[tuple[dt.date, CareState, str | None]]:
    with town.services.database.reading() as session:
        found = session.scalars(
            select(CareDate)
            .join(Asset)
            .where(Asset.serial == SERIAL, CareDate.due_on <= DUE[-1])
            .order_by(CareDate.due_on)
        )
        return [(one.due_on, one.state, one.request.number if one.request else None) for one in found]


def four_dates_stand_on_the_calendar(town: Town, clerk: Colleague) -> None:
    assert [due_on for due_on, *_ in care_dates(town)] == DUE
    assert "Quarterly care" in clerk.reads(f"/care?on={DUE[0]}")


def the_visit_is_promised_kept_and_done(town: Town, due_on: dt.date) -> None:
    number = the_visit_is_promised(town, due_on)
    somebody_comes_and_does_it(town, number)
    assert (due_on, CareState.DONE, number) in care_dates(town)


def the_visit_is_promised(town: Town, due_on: dt.date) -> str:
    """Two days before, in the morning, the customer is told a window on the day it is due."""
    seen = len(town.phone(WANG).inbox)
    town.wait_until(dt.datetime.combine(due_on - dt.timedelta(days=2), dt.time(9), dt.UTC) - SHANGHAI)
    number = next(number for on, _, number in care_dates(town) if on == due_on)
    assert number is not None
    assert any(number in text.body for text in town.phone(WANG).inbox[seen:])
    return number


def the_last_one_is_put_off_and_promised_anew(town: Town, due_on: dt.date) -> None:
    first = the_visit_is_promised(town, due_on)
    call = town.phone(WANG).dial(town.hotline)
    for key in CANCEL:
        call.press(key)
    call.hears("确定取消")
    call.press("1")
    call.hears("已取消")
    call.hang_up()
    town.wait(6)
    second = next(number for on, _, number in care_dates(town) if on == due_on)
    assert second not in {None, first}, "another window within the plan's tolerance"
    somebody_comes_and_does_it(town, str(second))


def somebody_comes_and_does_it(town: Town, number: str) -> None:
    technician = wait_for_visit(town, number)
    for digit in "1234":
        technician.texts(f"{digit}{technician.code}")
        town.wait(20)
    town.tick()


def each_date_was_kept_once(town: Town) -> None:
    found = care_dates(town)
    assert [(due_on, state) for due_on, state, _ in found] == [(due_on, CareState.DONE) for due_on in DUE]
    assert len({number for *_, number in found}) == len(DUE)
