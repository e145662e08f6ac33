import datetime as dt

import pytest
from hypothesis import given, strategies as st
from sqlalchemy.orm import Session

from models import LivePlan, Shift
from models.database import Database
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import read_sheet
from operations.imports.shifts import COLUMNS, KnownRoster, ShiftRow, import_shifts, parse_shifts
from tests.operations.imports.conftest import NOW

HEADER = ",".join(column.name for column in COLUMNS)
KNOWN = KnownRoster(time_zones={"T01": "Asia/Shanghai", "T02": "Asia/Shanghai", "B01": "Europe/Berlin"}, stored={})
REST = "2026-06-01 11:30,2026-06-01 13:30,45,60,0"
GOOD = f"T01,2026-06-01 08:00,2026-06-01 18:00,{REST}"


def parse(*lines: str, known: KnownRoster = KNOWN) -> list[ShiftRow]:
    return parse_shifts(read_sheet("\n".join([HEADER, *lines]).encode(), COLUMNS), known)


def problems_of(*lines: str, known: KnownRoster = KNOWN) -> list[Problem]:
    with pytest.raises(ImportRefused) as caught:
        parse(*lines, known=known)
    return list(caught.value.problems)


def test_local_times_are_those_of_the_technicians_own_zone() -> None:
    shanghai, berlin = parse(GOOD, "B01,2026-06-01 08:00,2026-06-01 18:00,,,0,0,否")

    assert shanghai.starts_at == dt.datetime(2026, 6, 1, 0, tzinfo=dt.UTC)
    assert berlin.starts_at == dt.datetime(2026, 6, 1, 6, tzinfo=dt.UTC)
    assert (berlin.break_from_at, berlin.is_night) == (None, False)


def test_a_local_time_that_the_clocks_skip_or_show_twice_needs_an_offset() -> None:
    assert problems_of(
        "B01,2026-03-29 02:30,2026-03-29 10:00,,,0,0,0", "B01,2026-10-25 02:30,2026-10-25 10:00,,,0,0,0"
    ) == [
        Problem(2, "starts_at", Trouble.NO_SUCH_LOCAL_TIME, "2026-03-29 02:30"),
        Problem(3, "starts_at", Trouble.AMBIGUOUS_LOCAL_TIME, "2026-10-25 02:30"),
    ]
    (shift,) = parse("B01,2026-10-25 02:30+02:00,2026-10-25 10:00,,,0,0,0")
    assert shift.starts_at == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)


def test_shifts_that_cannot_be_worked_are_named() -> None:
    assert problems_of(
        "T09,2026-06-01 08:00,2026-06-01 18:00,,,0,0,0",
        "T01,2026-06-02 18:00,2026-06-02 08:00,,,0,0,0",
        "T01,2026-06-03 08:00,2026-06-03 18:00,2026-06-03 17:00,2026-06-03 17:30,45,0,0",
        "T01,2026-06-04 08:00,2026-06-04 18:00,2026-06-04 12:00,,45,0,perhaps",
    ) == [
        Problem(2, "technician_number", Trouble.UNKNOWN, "T09"),
        Problem(3, "ends_at", Trouble.ENDS_BEFORE_START, "24"),
        Problem(4, "break_until_at", Trouble.OUTSIDE_SHIFT),
        Problem(5, "break_until_at", Trouble.MISSING),
        Problem(5, "is_night", Trouble.NOT_A_WORD, "1, 0"),
    ]


def test_the_same_start_twice_is_named_however_it_is_written() -> None:
    again = GOOD.replace("T01,2026-06-01 08:00", "T01,2026-06-01T00:00Z")

    assert Problem(3, "starts_at", Trouble.REPEATED, "2") in problems_of(GOOD, again)


def test_nobody_works_two_shifts_at_once_counting_the_stored_ones() -> None:
    start = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
    known = KnownRoster(KNOWN.time_zones, {"T01": ((start, start + dt.timedelta(hours=4)),)})

    problems = problems_of(GOOD, GOOD.replace("T01", "T02"), known=known)

    assert problems == [Problem(2, "starts_at", Trouble.OVERLAPS, "2026-06-01 09:00+00:00")]


def test_a_stored_shift_may_be_made_shorter_to_make_room() -> None:
    start = dt.datetime(2026, 6, 1, 0, tzinfo=dt.UTC)
    known = KnownRoster(KNOWN.time_zones, {"T01": ((start, start + dt.timedelta(hours=20)),)})
    evening = "T01,2026-06-01 18:00,2026-06-01 22:00,,,0,0,0"

    assert len(parse(GOOD, evening, known=known)) == 2


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), min_size=1, max_size=6, unique_by=lambda s: s[0]))
def test_overlaps_are_refused_exactly_when_there_are_some(spans: list[tuple[int, int]]) -> None:
    zero = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    at = [(zero + dt.timedelta(hours=a), zero + dt.timedelta(hours=a + n)) for a, n in spans]
    lines = [f"T01,{start.isoformat()},{end.isoformat()},,,0,0,0" for start, end in at]
    overlapping = any(a[0] < b[1] and b[0] < a[1] for i, a in enumerate(at) for b in at[:i])

    if overlapping:
        assert {problem.trouble for problem in problems_of(*lines)} == {Trouble.OVERLAPS}
    else:
        assert len(parse(*lines)) == len(spans)


def take_in(session: Session, *lines: str) -> tuple[int, int, int]:
    count = import_shifts(session, data="\n".join([HEADER, *lines]).encode(), now=NOW)["shifts"]
    return count.added, count.changed, count.unchanged


def test_the_same_shifts_twice_are_added_once_and_a_longer_one_changes(city_database: Database) -> None:
    with city_database.writing() as session:
        before, revision = session.query(Shift).count(), session.query(LivePlan).one().revision
        added = take_in(session, GOOD)
        again = take_in(session, GOOD)
        longer = take_in(session, GOOD.replace("18:00", "19:00"))

    assert (added, again, longer) == ((1, 0, 0), (0, 0, 1), (0, 1, 0))
    with city_database.reading() as session:
        assert session.query(Shift).count() == before + 1
        assert session.query(LivePlan).one().revision == revision + 2


def test_a_shift_across_a_stored_one_is_refused_and_nothing_changes(city_database: Database) -> None:
    with city_database.reading() as session:
        stored = session.query(Shift).filter(Shift.starts_at > NOW).order_by(Shift.id).first()
        assert stored is not None
        number, start, before = stored.technician.number, stored.starts_at, session.query(Shift).count()
    early = (start - dt.timedelta(hours=1)).isoformat()
    late = (start + dt.timedelta(hours=1)).isoformat()

    with pytest.raises(ImportRefused), city_database.writing() as session:
        take_in(session, GOOD, f"{number},{early},{late},,,0,0,0")

    with city_database.reading() as session:
        assert session.query(Shift).count() == before
