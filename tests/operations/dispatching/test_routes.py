import datetime as dt

import pytest
from sqlalchemy.orm import Session

from models import Message, Shift, Stop, ToldStop, Visit
from models.database import Database
from operations.dispatching.publication import tell_day
from operations.dispatching.routes import list_stops, tell_changes, tell_if_published, tell_route
from operations.planning.live_plan import lock_live_plan, take_step
from policies.languages import Language
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, book_visit, make_city
from tests.factories.instants import MORNING, NIGHT, minutes, monday
from tests.factories.looking import looking
from tests.prepared import prepare


@pytest.fixture
def city(database: Database) -> City:
    """Two technicians with one shift each; the first has visits at 9, 11 and 13 o'clock."""
    return prepare(database, three_stops_of_the_first)


def three_stops_of_the_first(session: Session) -> City:
    city = make_city(session, customers=6, days=1)
    for customer in range(3):
        booked = book_visit(session, city, customer=customer)
        booked.technician_id = city.technicians[0].id
    for hour, stop in zip((9, 11, 13), session.query(Stop).order_by(Stop.visit_id), strict=True):
        stop.shift_id, stop.planned_start_at = city.shifts[0].id, monday(hour)
    return city


def visit_ids(database: Database) -> list[int]:
    with looking(database) as session:
        return [visit.id for visit in session.query(Visit).order_by(Visit.id)]


def tell(database: Database, *shifts: Shift, now: dt.datetime = MORNING) -> int:
    """Publish these shifts for the first time."""
    with database.writing() as session:
        return sum(
            tell_route(session, shift=session.get_one(Shift, shift.id), house=HOUSE, now=now) for shift in shifts
        )


def tell_again(database: Database, *shifts: Shift) -> int:
    """Tell the differences of these shifts, an hour later."""
    now = MORNING + minutes(60)
    with database.writing() as session:
        rows = [session.get_one(Shift, shift.id) for shift in shifts]
        return tell_changes(session, shifts=rows, house=HOUSE, now=now)


def plan(database: Database, visit_id: int, *, shift: Shift | None = None, start_at: dt.datetime | None = None) -> None:
    """Change the live plan by hand, as a step on it."""
    with database.writing() as session:
        stop = session.query(Stop).filter_by(visit_id=visit_id).one()
        row = lock_live_plan(session, area_id=stop.area_id, now=NIGHT)
        stop.shift_id = shift.id if shift else stop.shift_id
        stop.planned_start_at = start_at or stop.planned_start_at
        take_step(session, plan=row, now=NIGHT)


def take_out(database: Database, visit_id: int) -> None:
    with database.writing() as session:
        stop = session.query(Stop).filter_by(visit_id=visit_id).one()
        row = lock_live_plan(session, area_id=stop.area_id, now=NIGHT)
        session.delete(stop)
        take_step(session, plan=row, now=NIGHT)


def texts(database: Database, city: City, technician: int = 0) -> list[str]:
    number = city.technicians[technician].phone
    with looking(database) as session:
        return [message.body for message in session.query(Message).filter_by(to_number=number).order_by(Message.id)]


def visit(database: Database, visit_id: int) -> Visit:
    with looking(database) as session:
        return session.get_one(Visit, visit_id)


def told(database: Database) -> dict[int, int]:
    """Which technician knows of which visit."""
    with looking(database) as session:
        return {row.visit_id: row.technician_id for row in session.query(ToldStop)}


def test_a_route_is_one_message_with_first_stop_count_and_link(database: Database, city: City) -> None:
    told_count = tell(database, city.shifts[0])

    first = visit(database, visit_ids(database)[0])
    (text,) = texts(database, city)
    assert told_count == 3
    assert "今日3单" in text
    assert f"首单{first.code} 09:00 静安区南京西路1号 光影投影机" in text
    assert "https://onecall.example/r/" in text
    assert f"1{first.code}" in text


def test_a_technician_is_told_in_his_own_language(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1, language=Language.EN)
        book_visit(session, city)

    tell(database, city.shifts[0])

    (text,) = texts(database, city)
    assert text.startswith("Stops today: 1. First: ")
    assert "1 Nanjing West Road Lumen projector" in text


def test_told_visits_are_dispatched_and_belong_to_who_was_told(database: Database, city: City) -> None:
    tell(database, city.shifts[0])

    ids = visit_ids(database)
    assert {visit(database, one).state for one in ids} == {VisitState.DISPATCHED}
    assert told(database) == dict.fromkeys(ids, city.technicians[0].id)


def test_a_route_told_twice_is_one_message(database: Database, city: City) -> None:
    counts = [tell(database, city.shifts[0]), tell(database, city.shifts[0], now=MORNING + minutes(5))]

    assert counts == [3, 0]
    assert len(texts(database, city)) == 1


def test_a_shift_without_stops_is_not_worth_a_message(database: Database, city: City) -> None:
    assert tell(database, city.shifts[1]) == 0
    assert texts(database, city, 1) == []


def test_differences_of_a_shift_nobody_was_told_about_wait_for_its_publication(database: Database, city: City) -> None:
    assert tell_again(database, city.shifts[0]) == 0
    assert texts(database, city) == []


def test_without_a_difference_nothing_is_sent(database: Database, city: City) -> None:
    tell(database, city.shifts[0])
    plan(database, visit_ids(database)[1], start_at=monday(11.2))

    assert tell_again(database, city.shifts[0]) == 0
    assert len(texts(database, city)) == 1


def test_a_new_time_is_told_once(database: Database, city: City) -> None:
    tell(database, city.shifts[0])
    moved = visit_ids(database)[1]
    plan(database, moved, start_at=monday(12))

    assert [tell_again(database, city.shifts[0]), tell_again(database, city.shifts[0])] == [1, 0]
    assert texts(database, city)[1].startswith(f"行程变更：{visit(database, moved).code}改到12:00。")
    assert len(texts(database, city)) == 2


def test_a_visit_that_left_the_route_is_told_as_cancelled(database: Database, city: City) -> None:
    tell(database, city.shifts[0])
    gone = visit_ids(database)[2]
    take_out(database, gone)

    tell_again(database, city.shifts[0])

    assert f"取消{visit(database, gone).code}" in texts(database, city)[1]
    assert gone not in told(database)


def test_a_visit_that_joined_the_route_is_told_with_time_and_place(database: Database, city: City) -> None:
    tell(database, city.shifts[0])
    with database.writing() as session:
        new = book_visit(session, city, customer=3, now=MORNING)
    plan(database, new.id, shift=city.shifts[0], start_at=monday(15))

    tell_again(database, city.shifts[0])

    assert f"新增{new.code} 15:00 静安区南京西路1号 光影投影机" in texts(database, city)[-1]
    assert visit(database, new.id).state is VisitState.DISPATCHED


def test_a_visit_that_changes_hands_is_taken_from_one_and_given_to_the_other(database: Database, city: City) -> None:
    with database.writing() as session:
        other = book_visit(session, city, customer=3)
    plan(database, other.id, shift=city.shifts[1], start_at=monday(9))
    tell(database, *city.shifts)
    moved = visit_ids(database)[1]
    plan(database, moved, shift=city.shifts[1], start_at=monday(13))

    # Whichever technician's turn it is first.
    assert tell_again(database, city.shifts[1], city.shifts[0]) == 2

    code = visit(database, moved).code
    assert f"取消{code}" in texts(database, city, 0)[-1]
    assert f"新增{code} 13:00" in texts(database, city, 1)[-1]
    assert told(database)[moved] == city.technicians[1].id
    assert visit(database, moved).technician_id == city.technicians[1].id
    assert tell_again(database, *city.shifts) == 0


@pytest.mark.parametrize("state", [VisitState.DISPATCHED, VisitState.ACKNOWLEDGED])
def test_who_gets_a_visit_another_had_accepted_has_not_accepted_it(
    database: Database, city: City, state: VisitState
) -> None:
    tell(database, city.shifts[0])
    moved = visit_ids(database)[1]
    with database.writing() as session:
        session.get_one(Visit, moved).state = state
    plan(database, moved, shift=city.shifts[1], start_at=monday(13))

    # The second technician has had no stop until now: this is his route.
    tell_again(database, city.shifts[0])
    assert tell(database, city.shifts[1]) == 1

    assert visit(database, moved).state is VisitState.DISPATCHED
    assert visit(database, moved).code in texts(database, city, 1)[-1]
    assert f"取消{visit(database, moved).code}" in texts(database, city, 0)[-1]


@pytest.mark.parametrize("state", [VisitState.EN_ROUTE, VisitState.ON_SITE, VisitState.COMPLETED])
def test_a_visit_that_has_begun_is_no_difference_any_more(database: Database, city: City, state: VisitState) -> None:
    tell(database, city.shifts[0])
    begun = visit_ids(database)[0]
    with database.writing() as session:
        session.get_one(Visit, begun).state = state
    if state is VisitState.COMPLETED:
        take_out(database, begun)

    assert tell_again(database, city.shifts[0]) == 0


def test_two_changes_within_a_second_are_both_told(database: Database, city: City) -> None:
    tell(database, city.shifts[0])
    moved = visit_ids(database)[1]
    for start_at in (monday(12), monday(13), monday(12)):
        plan(database, moved, start_at=start_at)
        assert tell_again(database, city.shifts[0]) == 1

    assert [text[-100:].split("改到")[1][:5] for text in texts(database, city)[1:]] == ["12:00", "13:00", "12:00"]


def test_a_change_of_a_whole_day_is_still_one_message(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, customers=8, days=1, duration_minutes=20)
        for customer in range(8):
            book_visit(session, city, customer=customer)
    tell(database, city.shifts[0])
    for hour, one in enumerate(visit_ids(database)):
        plan(database, one, start_at=monday(20 + hour))

    assert tell_again(database, city.shifts[0]) == 8
    assert len(texts(database, city)) == 2


def test_holds_are_no_stops_a_technician_hears_of(database: Database, city: City) -> None:
    with looking(database) as session:
        assert len(list_stops(session, shift_id=city.shifts[0].id)) == 3
        assert list_stops(session, shift_id=city.shifts[1].id) == []


def test_a_booking_into_a_published_shift_is_told_at_once_and_once(database: Database, city: City) -> None:
    tell(database, city.shifts[0])
    with database.writing() as session:
        new = book_visit(session, city, customer=3, now=MORNING + minutes(30))
    plan(database, new.id, shift=city.shifts[0], start_at=monday(15))

    with database.writing() as session:
        for _ in range(2):
            tell_if_published(session, shift_id=city.shifts[0].id, house=HOUSE, now=MORNING + minutes(40))

    assert sum(f"新增{new.code}" in text for text in texts(database, city)) <= 1
    assert sum(new.code in text for text in texts(database, city) + texts(database, city, 1)) >= 1


def test_a_booking_after_a_day_went_out_empty_is_told_at_once(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, days=1)
        tell_day(session, area_id=city.area.id, house=HOUSE, now=MORNING)
    with database.writing() as session:
        new = book_visit(session, city, now=MORNING + minutes(30))
        shift_id = session.query(Stop.shift_id).filter_by(visit_id=new.id).scalar()
        assert session.get_one(Shift, shift_id).starts_at > MORNING + minutes(40)
        tell_if_published(session, shift_id=shift_id, house=HOUSE, now=MORNING + minutes(40))

    assert sum(new.code in text for text in texts(database, city) + texts(database, city, 1)) == 1


def test_the_only_visit_of_a_day_that_changes_hands_is_told_to_whoever_has_it_now(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, days=1)
        only = book_visit(session, city)
        stop = session.query(Stop).filter_by(visit_id=only.id).one()
        stop.shift_id = city.shifts[0].id
        session.flush()
        tell_day(session, area_id=city.area.id, house=HOUSE, now=MORNING)
    plan(database, only.id, shift=city.shifts[1])

    with database.writing() as session:
        later, shifts = MORNING + minutes(40), [session.get_one(Shift, shift.id) for shift in city.shifts]
        tell_changes(session, shifts=shifts, house=HOUSE, now=later)
        tell_if_published(session, shift_id=city.shifts[1].id, house=HOUSE, now=later)

    assert only.code in texts(database, city, 1)[-1]
