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
from operations.imports.sheets import write_sheet
from operations.imports.workbooks import NotAWorkbook, read_workbook
from operations.matters.diagnosis import list_faults
from operations.office.register_changes import (
    Cells,
    RowChange,
    RowThereAlready,
    find_last_change,
    find_row,
    list_register_events,
    list_rows,
    read_changes,
    remove_row,
    take_file,
    write_row,
)
from operations.office.register_removals import RowGone, RowInUse
from operations.office.registers import REGISTERS
from operations.planning.live_plan import lock_live_plan
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
        return write_row(session, register=REGISTERS[name], cells=cells, standing=shown, by="root", now=NOW)


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


def test_who_last_changed_a_column_of_a_row_is_found_whoever_changed_the_rest_of_it(town_database: Database) -> None:
    shown = row(town_database, "technicians", "T1")
    second = row(town_database, "technicians", "T2")

    def change(by: str, standing: Cells, **cells: str) -> None:
        with town_database.writing() as session:
            register = REGISTERS["technicians"]
            write_row(session, register=register, cells={**standing, **cells}, standing=standing, by=by, now=NOW)

    change("Chen", shown, phone="+8613900000099")
    change("Zhou", row(town_database, "technicians", "T1"), name="李刚")
    change("Wu", second, phone="+8613900000098")

    def who(*names: str, key: str = "T1") -> str | None:
        with town_database.reading() as session:
            last = find_last_change(session, register=REGISTERS["technicians"], key=key, names=names)
            return last.actor if last else None

    assert who("phone") == "Chen"
    assert who("phone", "name") == "Zhou"
    assert who("name_en") is None
    assert who("phone", key="T3") is None


def test_a_row_cannot_be_renamed_into_another_one_by_its_form(town_database: Database) -> None:
    shown = row(town_database, "technicians", "T1")

    write(town_database, "technicians", {**shown, "technician_number": "T2", "name": "改名"}, shown)

    assert row(town_database, "technicians", "T1")["name"] == "改名"
    assert row(town_database, "technicians", "T2")["name"] == "赵敏"


def test_a_register_is_searched_counted_and_read_page_by_page(town_database: Database) -> None:
    listing = REGISTERS["shifts"].listing
    next_day = NOW + dt.timedelta(days=1)
    with town_database.reading() as session:
        everything = list(listing.write_all(session))
        own = listing.fits(words="zhao", day=None, begins_at=NOW)
        pages = [list(listing.write_page(session, which=own, skip=skip, limit=2)) for skip in (0, 2)]
        ahead = listing.fits(words="", day=next_day.date(), begins_at=next_day)
        trained = REGISTERS["technicians"].listing.fits(words="PROJECTOR", day=None, begins_at=NOW)

        assert listing.count(session, which=own) == len([one for one in everything if one[0] == "T2"]) > 2
        assert [*pages[0], *pages[1]] == [one for one in everything if one[0] == "T2"][:4]
        assert 0 < listing.count(session, which=ahead) < len(everything) == listing.count(session, which=None)
        assert REGISTERS["technicians"].listing.count(session, which=trained) > 0
        assert not list(listing.write_page(session, which=own, skip=10_000, limit=2))


def test_words_with_signs_of_a_pattern_mean_only_themselves(town_database: Database) -> None:
    with town_database.reading() as session:
        for name, words, found in (("territories", "静安", True), ("territories", "%", False), ("skills", "_", False)):
            listing = REGISTERS[name].listing
            which = listing.fits(words=words, day=None, begins_at=NOW)
            assert (listing.count(session, which=which) > 0) is found, (name, words)


def test_what_is_no_key_names_no_row(town_database: Database) -> None:
    with town_database.reading() as session:
        for key in ("", "T1", "T1 · ", "T1 · yesterday", "T1 · 2026-11-23 08:00", " · · "):
            assert find_row(session, register=REGISTERS["shifts"], key=key) is None, key


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
        remove_row(session, register=REGISTERS["absences"], standing=shown, by="root", now=NOW)

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
        remove_row(session, register=register, standing=shown, by="root", now=NOW)
    assert first_row(town_database, "shifts") == shown

    with town_database.writing() as session:
        session.delete(session.scalars(select(Stop)).one())
        session.flush()
        remove_row(session, register=register, standing=shown, by="root", now=NOW)
    assert first_row(town_database, "shifts") != shown
    with pytest.raises(RowGone), town_database.writing() as session:
        remove_row(session, register=register, standing=shown, by="root", now=NOW)


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
        remove_row(session, register=REGISTERS["duty"], standing=shown, by="root", now=NOW)

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


FAULT: Cells = {
    "fault_code": "projector_smell",
    "family": "projector",
    "position": "30",
    "name": "有异味",
    "name_en": "a smell",
    "severity": "urgent",
    "priority": "70",
    "duration_minutes": "45",
    "skill": "projector",
    "skill_level": "1",
    "is_active": "1",
    "kind": "repair",
}


def test_a_fault_is_offered_until_it_is_switched_off_and_its_visits_go_on(town_database: Database) -> None:
    write(town_database, "faults", {**FAULT, "position": "9"})
    shown = row(town_database, "faults", "projector_smell")
    with town_database.reading() as session:
        offered = {fault.code for fault in list_faults(session, family="projector")}

    write(town_database, "faults", {**shown, "is_active": "0"}, shown)

    with town_database.reading() as session:
        assert offered - {fault.code for fault in list_faults(session, family="projector")} == {"projector_smell"}
    assert row(town_database, "faults", "projector_smell")["is_active"] == "0"


def test_a_fault_keeps_its_family_and_takes_nobodys_place(town_database: Database) -> None:
    write(town_database, "faults", FAULT)
    other = {**FAULT, "fault_code": "projector_smoke"}
    shown = row(town_database, "faults", "projector_smell")

    for cells, standing, column, trouble in (
        (other, None, "position", Trouble.BELONGS_TO_OTHER),
        ({**shown, "family": "audio"}, shown, "family", Trouble.STAYS),
        ({**other, "skill": "welding", "position": "31"}, None, "skill", Trouble.UNKNOWN),
    ):
        with pytest.raises(ImportRefused) as refused:
            write(town_database, "faults", cells, standing)
        assert [(one.column, one.trouble) for one in refused.value.problems] == [(column, trouble)]


def test_two_faults_of_one_file_change_places(town_database: Database) -> None:
    write(town_database, "faults", FAULT)
    write(town_database, "faults", {**FAULT, "fault_code": "projector_smoke", "position": "31"})
    register = REGISTERS["faults"]
    with town_database.reading() as session:
        rows = list(register.listing.write_all(session))
    places = {"30": "31", "31": "30"}
    swapped = [[places.get(cell, cell) if n == 2 else cell for n, cell in enumerate(line)] for line in rows]
    data = "".join(write_sheet(register.columns, swapped, is_chinese=True)).encode()

    with town_database.writing() as session:
        _, changes = take_file(session, register=register, data=data, by="root", source="file", now=NOW)

    assert [(one.row, one.after) for one in sorted(changes, key=lambda one: one.row)] == [
        ("projector_smell", {"position": "31"}),
        ("projector_smoke", {"position": "30"}),
    ]


def test_what_nothing_hangs_on_can_be_removed_and_nothing_else(town_database: Database) -> None:
    write(town_database, "skills", {"skill_code": "welding", "name": "焊接", "name_en": "welding"})
    write(town_database, "faults", {**FAULT, "skill": "welding"})
    write(town_database, "areas", {"area": "nowhere", "name": "无", "name_en": "No", "time_zone": "Asia/Shanghai"})

    def remove(name: str, key: str) -> None:
        with town_database.writing() as session:
            shown = find_row(session, register=REGISTERS[name], key=key)
            assert shown is not None
            remove_row(session, register=REGISTERS[name], standing=shown, by="root", now=NOW)

    for name, key in (("skills", "welding"), ("areas", "shanghai"), ("territories", "centre"), ("products", "LX-2")):
        with pytest.raises(RowInUse):
            remove(name, key)
    for name, key in (("faults", "projector_smell"), ("skills", "welding"), ("areas", "nowhere")):
        remove(name, key)

    with town_database.reading() as session:
        assert find_row(session, register=REGISTERS["skills"], key="welding") is None
        removed = {event.subject for event in list_register_events(session, limit=3)}
    assert removed == {"register:faults", "register:skills", "register:areas"}


def test_an_area_keeps_its_time_zone_once_somebody_works_there(town_database: Database) -> None:
    shown = row(town_database, "areas", "shanghai")

    with pytest.raises(ImportRefused) as refused:
        write(town_database, "areas", {**shown, "time_zone": "Asia/Urumqi"}, shown)
    write(town_database, "areas", {**shown, "name_en": "Greater Shanghai"}, shown)

    assert [(one.column, one.trouble) for one in refused.value.problems] == [("time_zone", Trouble.STAYS)]
    assert row(town_database, "areas", "shanghai")["name_en"] == "Greater Shanghai"


def test_a_product_of_a_family_nobody_knows_is_refused(town_database: Database) -> None:
    cells = {"model_code": "LX-3", "name": "三号", "name_en": "Three", "family": "submarine", "is_active": "1"}

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
