"""The organisation's registers: changed by hand or by file, all or nothing, with before and after on record (S1)."""

import datetime as dt
import io
from collections.abc import Callable

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from models import Absence, DutyTurn, LivePlan, PlanEvent, Shift, Stop, Technician, Territory
from models.database import Database
from operations.imports.problems import ImportRefused, Trouble
from operations.imports.workbooks import NotAWorkbook, read_workbook
from operations.planning.live_plan import lock_live_plan
from operations.register_changes import (
    Cells,
    RowChange,
    RowChangedMeanwhile,
    RowThereAlready,
    find_row,
    list_register_events,
    list_rows,
    read_changes,
    remove_row,
    take_file,
    write_row,
)
from operations.register_removals import RowGone, RowInUse
from operations.registers import REGISTERS
from policies.duty import DutyRole
from policies.languages import Language
from policies.plan_events import PlanEventKind
from tests.town import EVENING, settle

NOW = EVENING
# Cells of a workbook know no time zone.
LEAVES, COMES_BACK = (dt.datetime.fromisoformat(at) for at in ("2026-11-24T08:30", "2026-11-26T18:00"))
Change = Callable[..., list[RowChange]]


@pytest.fixture
def town_database(database: Database) -> Database:
    """The rows of the town: one area, one territory, four technicians with a shift each day."""
    with database.writing() as session:
        settle(session, first_day=NOW.date())
    return database


def write(database: Database, name: str, cells: Cells, shown: Cells | None = None) -> list[RowChange]:
    with database.writing() as session:
        return write_row(session, register=REGISTERS[name], cells=cells, shown=shown, by="root", now=NOW)


def row(database: Database, name: str, key: str) -> Cells:
    with database.reading() as session:
        found = find_row(session, register=REGISTERS[name], key=key)
    assert found is not None
    return found


def first_row(database: Database, name: str) -> Cells:
    with database.reading() as session:
        return list_rows(session, register=REGISTERS[name])[0]


ABSENCE: Cells = {
    "technician_number": "T1",
    "absent_from_at": "2026-11-24 08:00",
    "absent_until_at": "2026-11-26 18:00",
    "reason": "年假",
}


def test_a_changed_row_is_on_record_with_what_was_and_what_is(town_database: Database) -> None:
    shown = row(town_database, "technicians", "T1")

    changes = write(town_database, "technicians", {**shown, "name_en": "Li Qiang the Elder"}, shown)

    assert changes == [RowChange("T1", {"name_en": "Li Qiang"}, {"name_en": "Li Qiang the Elder"})]
    with town_database.reading() as session:
        event = list_register_events(session, limit=9)[0]
        assert (event.actor, event.subject, event.facts) == ("root", "register:technicians", {"rows": 1})
        assert read_changes(event) == changes
        assert "Elder" not in str(event.facts), "names enter the chain as a hash only, so that they can be erased"


def test_what_changes_nothing_leaves_no_record(town_database: Database) -> None:
    shown = row(town_database, "technicians", "T1")

    assert write(town_database, "technicians", shown, shown) == []

    with town_database.reading() as session:
        assert list_register_events(session, limit=9) == []


def test_a_row_that_somebody_else_has_changed_meanwhile_is_refused_with_what_changed(town_database: Database) -> None:
    shown = row(town_database, "technicians", "T1")
    write(town_database, "technicians", {**shown, "phone": "+8613900000099"}, shown)

    with pytest.raises(RowChangedMeanwhile) as refused:
        write(town_database, "technicians", {**shown, "name": "李刚"}, shown)

    assert refused.value.differences == (("phone", "+8613900000001", "+8613900000099"),)
    assert row(town_database, "technicians", "T1")["name"] == "李强"


def test_a_row_cannot_be_renamed_into_another_one_by_its_form(town_database: Database) -> None:
    shown = row(town_database, "technicians", "T1")

    write(town_database, "technicians", {**shown, "technician_number": "T2", "name": "改名"}, shown)

    assert row(town_database, "technicians", "T1")["name"] == "改名"
    assert row(town_database, "technicians", "T2")["name"] == "赵敏"


def test_adding_a_row_that_is_there_already_is_refused_however_its_key_is_written(town_database: Database) -> None:
    shift = first_row(town_database, "shifts")
    as_typed = {**shift, "starts_at": shift["starts_at"][:16], "break_minutes": "5"}

    with pytest.raises(RowThereAlready):
        write(town_database, "shifts", as_typed)

    assert first_row(town_database, "shifts") == shift


def test_a_cell_that_does_not_fit_is_named_and_nothing_changes(town_database: Database) -> None:
    shown = row(town_database, "technicians", "T1")

    with pytest.raises(ImportRefused) as refused:
        write(town_database, "technicians", {**shown, "phone": "12", "skills": "welding:1"}, shown)

    assert {(one.column, one.trouble) for one in refused.value.problems} == {
        ("phone", Trouble.NOT_A_PHONE),
        ("skills", Trouble.UNKNOWN),
    }
    assert row(town_database, "technicians", "T1") == shown


def test_an_absence_known_ahead_is_an_event_for_the_planner_and_so_is_its_end(town_database: Database) -> None:
    write(town_database, "absences", ABSENCE)
    shown = first_row(town_database, "absences")
    write(town_database, "absences", {**shown, "absent_until_at": "2026-11-25 18:00"}, shown)
    with town_database.writing() as session:
        shown = list_rows(session, register=REGISTERS["absences"])[0]
        remove_row(session, register=REGISTERS["absences"], shown=shown, by="root", now=NOW)

    with town_database.reading() as session:
        kinds = list(session.scalars(select(PlanEvent.kind).order_by(PlanEvent.id)))
        assert kinds == [
            PlanEventKind.TECHNICIAN_ABSENT,
            PlanEventKind.TECHNICIAN_ABSENT,
            PlanEventKind.TECHNICIAN_BACK,
        ]
        assert session.scalars(select(Absence)).all() == []
        assert session.scalars(select(LivePlan.revision)).one() == 3


def test_an_absence_that_ends_before_it_begins_is_refused(town_database: Database) -> None:
    with pytest.raises(ImportRefused) as refused:
        write(town_database, "absences", {**ABSENCE, "absent_until_at": "2026-11-23 08:00"})

    assert [(one.column, one.trouble) for one in refused.value.problems] == [
        ("absent_until_at", Trouble.ENDS_BEFORE_START)
    ]


def test_a_shift_goes_away_only_while_no_visit_hangs_on_it(town_database: Database) -> None:
    register, shown = REGISTERS["shifts"], first_row(town_database, "shifts")
    with town_database.writing() as session:
        shift = session.scalars(
            select(Shift).join(Shift.technician).order_by(Shift.starts_at, Technician.number)
        ).first()
        assert shift is not None
        plan = lock_live_plan(session, area_id=shift.technician.area_id, now=NOW)
        stop = Stop(
            area_id=plan.area_id,
            shift=shift,
            planned_arrive_at=shift.starts_at,
            planned_start_at=shift.starts_at,
            planned_end_at=shift.starts_at + dt.timedelta(hours=1),
            travel_seconds=0,
            travel_metres=0,
        )
        session.add(stop)

    with pytest.raises(RowInUse), town_database.writing() as session:
        remove_row(session, register=register, shown=shown, by="root", now=NOW)
    assert first_row(town_database, "shifts") == shown

    with town_database.writing() as session:
        session.delete(session.scalars(select(Stop)).one())
        session.flush()
        remove_row(session, register=register, shown=shown, by="root", now=NOW)
    assert first_row(town_database, "shifts") != shown
    with pytest.raises(RowGone), town_database.writing() as session:
        remove_row(session, register=register, shown=shown, by="root", now=NOW)


def test_a_turn_on_duty_can_be_taken_back(town_database: Database) -> None:
    with town_database.writing() as session:
        session.add(
            DutyTurn(
                role=DutyRole.TECHNICIAN,
                position=1,
                name="周",
                name_en="Zhou",
                phone="+8613900000009",
                language=Language.ZH,
                from_at=NOW,
                until_at=NOW + dt.timedelta(hours=8),
            )
        )

    with town_database.writing() as session:
        shown = list_rows(session, register=REGISTERS["duty"])[0]
        remove_row(session, register=REGISTERS["duty"], shown=shown, by="root", now=NOW)

    with town_database.reading() as session:
        assert list_rows(session, register=REGISTERS["duty"]) == []
        removed = read_changes(list_register_events(session, limit=1)[0])[0]
        assert removed.before is not None
        assert (removed.before["phone"], removed.after) == ("+8613900000009", None)


def test_a_district_belongs_to_one_territory(town_database: Database) -> None:
    cells = {"territory_code": "east", "area": "shanghai", "name": "东", "name_en": "East", "districts": "浦东;静安"}

    with pytest.raises(ImportRefused) as refused:
        write(town_database, "territories", cells)
    write(town_database, "territories", {**cells, "districts": "浦东"})

    problem = refused.value.problems[0]
    assert (problem.column, problem.trouble, problem.detail) == (
        "districts",
        Trouble.BELONGS_TO_OTHER,
        "静安: centre",
    )
    with town_database.reading() as session:
        east = session.scalars(select(Territory).where(Territory.code == "east")).one()
        assert (east.districts, east.area.code) == (["浦东"], "shanghai")


def test_a_product_of_a_family_nobody_knows_is_refused(town_database: Database) -> None:
    cells = {"model_code": "LX-3", "name": "三号", "name_en": "Three", "family": "submarine"}

    with pytest.raises(ImportRefused):
        write(town_database, "products", cells)
    write(town_database, "products", {**cells, "family": "projector"})

    assert row(town_database, "products", "LX-3")["name_en"] == "Three"


def test_a_workbook_comes_in_as_a_file_does_its_dates_and_numbers_as_cells_have_them(town_database: Database) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["工号", "缺勤开始", "缺勤结束", "原因"])
    sheet.append(["T1", LEAVES, COMES_BACK, 5])
    buffer = io.BytesIO()
    book.save(buffer)

    with town_database.writing() as session:
        counts, changes = take_file(
            session, register=REGISTERS["absences"], data=buffer.getvalue(), by="root", source="file", now=NOW
        )

    assert (counts["absences"].added, changes[0].after) == (
        1,
        {
            "technician_number": "T1",
            "absent_from_at": "2026-11-24 08:30+08:00",
            "absent_until_at": "2026-11-26 18:00+08:00",
            "reason": "5",
        },
    )


@pytest.mark.parametrize("data", [b"PK\x03\x04 not a zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_only_begins_like_a_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(NotAWorkbook):
        read_workbook(data)
