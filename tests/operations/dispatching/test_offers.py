import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

import dispatch
from models import Asset, Customer, LivePlan, Shift, SlotHold, SlotOffer, Stop, Technician, Visit
from models.database import Database
from operations.clocks.commitments import deadline_of
from operations.dispatching.offers import offer_windows
from operations.planning.holds import expire_holds, free_holds_of
from operations.planning.live import open_plan
from operations.planning.live_plan import lock_live_plan
from policies.languages import Language
from policies.offers import HoldState
from policies.visit_states import VisitState
from tests.factories.city import City, book_visit, make_city, open_visit
from tests.factories.instants import MORNING, NIGHT, hours, minutes, monday
from tests.factories.looking import looking
from tests.factories.team import make_absence, make_shift, make_technician


def offer(
    database: Database, city: City, *, customer: int = 0, now: dt.datetime = NIGHT, opened_at: dt.datetime = NIGHT
) -> list[SlotHold]:
    with database.writing() as session:
        visit = open_visit(session, city, customer=customer, opened_at=opened_at)
        return list(offer_windows(session, visit=visit, now=now).holds)


def starts(holds: list[SlotHold]) -> list[float]:
    """The hours after Monday's midnight, in Shanghai, at which the windows begin."""
    return [(hold.window_from_at - monday(0)) / hours(1) for hold in holds]


def revision(database: Database, city: City) -> int:
    with looking(database) as session:
        plan = session.get(LivePlan, city.area.id)
    return plan.revision if plan else 0


def demand_sound_plan(database: Database, city: City, *, now: dt.datetime = NIGHT) -> dispatch.Plan:
    """The live plan as it stands, which must keep every rule."""
    with database.writing() as session:
        opened = open_plan(session, area_id=city.area.id, now=now)
        assert dispatch.check(opened.snapshot.problem, opened.snapshot.plan) == ()
        return opened.snapshot.plan


def test_three_windows_inside_the_commitment_are_held_in_the_order_of_time(database: Database, city: City) -> None:
    holds = offer(database, city)

    assert starts(holds) == sorted(set(starts(holds)))
    assert len(holds) == 3
    assert [hold.position for hold in holds] == [0, 1, 2]
    assert {hold.state for hold in holds} == {HoldState.HELD}
    assert all(hold.is_inside_commitment and hold.window_until_at <= NIGHT + hours(24) for hold in holds)
    assert all(hold.window_until_at - hold.window_from_at == hours(2) for hold in holds)
    assert all(hold.expires_at == NIGHT + minutes(3) for hold in holds)


def test_the_earliest_window_is_the_first_in_which_somebody_can_be_there(database: Database, city: City) -> None:
    # Shifts begin at 8:30; who leaves home then is there before ten.
    assert starts(offer(database, city))[0] == 8


def test_every_window_read_out_is_kept_by_a_plan_without_a_fault(database: Database, city: City) -> None:
    holds = offer(database, city)

    plan = demand_sound_plan(database, city)
    planned = {stop.visit_id: stop for route in plan.routes for stop in route.stops}
    for hold in holds:
        start = NIGHT + dt.timedelta(seconds=planned[f"hold:{hold.id}"].start_seconds)
        assert hold.window_from_at <= start <= hold.window_until_at


def test_an_offer_is_one_step_on_the_live_plan(database: Database, city: City) -> None:
    before = revision(database, city)

    offer(database, city)

    assert revision(database, city) == before + 1


def test_a_visit_that_was_offered_windows_waits_for_the_choice(database: Database, city: City) -> None:
    (hold, *_) = offer(database, city)

    with looking(database) as session:
        assert session.get_one(SlotHold, hold.id).offer.visit.state is VisitState.OFFERED


def test_held_windows_take_the_place_of_those_who_call_after(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1, shift_hours=4, duration_minutes=90, overtime_minutes=0)

    first = offer(database, city)
    second = offer(database, city, customer=1)
    third = offer(database, city, customer=2)

    # Four hours of one technician hold two visits of an hour and a half each, whoever they are for.
    assert len(first) + len(second) + len(third) <= 2
    assert first
    assert not third
    demand_sound_plan(database, city)


def test_windows_nobody_chose_in_time_are_free_for_the_next_caller(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1, shift_hours=3, duration_minutes=100, overtime_minutes=0)
    first = offer(database, city)
    assert offer(database, city, customer=1, now=NIGHT + minutes(2)) == []

    later = offer(database, city, customer=2, now=NIGHT + minutes(3))

    assert starts(later) == starts(first)
    with looking(database) as session:
        assert [session.get_one(SlotHold, hold.id).state for hold in first] == [HoldState.EXPIRED]
        assert {stop.hold_id for stop in session.query(Stop)} == {hold.id for hold in later}


def test_a_window_held_while_the_clock_was_ahead_is_free_as_soon_as_it_has_been_put_right(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1, shift_hours=3, duration_minutes=100, overtime_minutes=0)
    ahead = offer(database, city, now=NIGHT + hours(1))
    assert offer(database, city, customer=1, now=NIGHT + hours(1)) == []

    later = offer(database, city, customer=2, now=NIGHT)

    assert starts(later) == starts(ahead)
    with looking(database) as session:
        assert [session.get_one(SlotHold, hold.id).state for hold in ahead] == [HoldState.FREED]
        assert {stop.hold_id for stop in session.query(Stop)} == {hold.id for hold in later}


def test_expiry_frees_each_window_once_and_only_in_its_area(database: Database, city: City) -> None:
    with database.writing() as session:
        other_city = make_city(session)
    here, there = offer(database, city), offer(database, other_city)

    with database.writing() as session:
        early = expire_holds(session, area_id=city.area.id, now=NIGHT + minutes(2))
        first = expire_holds(session, area_id=city.area.id, now=NIGHT + minutes(3))
        again = expire_holds(session, area_id=city.area.id, now=NIGHT + minutes(4))

    assert (early, first, again) == (0, len(here), 0)
    with looking(database) as session:
        assert {session.get_one(SlotHold, hold.id).state for hold in there} == {HoldState.HELD}


def test_freeing_a_visits_windows_gives_their_places_back(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = open_visit(session, city)
        offer_windows(session, visit=visit, now=NIGHT)
        freed = free_holds_of(session, visit=visit, now=NIGHT)
        again = free_holds_of(session, visit=visit, now=NIGHT)

    assert (freed, again) == (3, 0)
    with looking(database) as session:
        assert session.query(Stop).count() == 0


def test_a_second_round_frees_the_first_and_leaves_out_what_was_heard(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = open_visit(session, city)
        first = offer_windows(session, visit=visit, now=NIGHT)
        heard = [hold.window_from_at for hold in first.holds]
        second = offer_windows(session, visit=visit, now=NIGHT, skip=heard)

    assert second.holds
    assert not set(heard) & {hold.window_from_at for hold in second.holds}
    with looking(database) as session:
        assert {session.get_one(SlotHold, hold.id).state for hold in first.holds} == {HoldState.FREED}
        assert session.query(Stop).count() == len(second.holds)


def test_late_in_the_day_fewer_windows_are_left(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, days=1)

    late = offer(database, city, now=monday(14.5), opened_at=monday(14.5))

    assert starts(late) == [16]
    demand_sound_plan(database, city, now=monday(14.5))


def test_a_full_day_offers_less_than_an_empty_one(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1, customers=6, duration_minutes=90)
        for customer in range(4):
            book_visit(session, city, customer=customer)

    assert len(offer(database, city, customer=4)) < 3
    demand_sound_plan(database, city)


def test_when_nothing_fits_nothing_is_held_and_nothing_moves(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=0)
        visit = open_visit(session, city)
        found = offer_windows(session, visit=visit, now=NIGHT)

    assert found.holds == []
    assert visit.state is VisitState.DRAFT
    with looking(database) as session:
        assert session.query(Stop).count() == 0


def test_nobody_without_the_skill_or_outside_the_territory_is_offered(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=0)
        unskilled = make_technician(session, city.area)
        beginner = make_technician(session, city.area, city.skill, level=0)
        stranger = make_technician(session, city.area, city.skill, territory_codes=("elsewhere",))
        for technician in (unskilled, beginner, stranger):
            make_shift(session, technician, monday(8.5))

    assert offer(database, city) == []


def test_an_absent_technician_is_offered_only_for_the_hours_he_is_there(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1)
        make_absence(session, city.technicians[0], monday(0), monday(14))

    assert starts(offer(database, city)) == [14, 16]
    demand_sound_plan(database, city)


def test_a_technician_who_is_absent_all_day_is_not_offered(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1)
        make_absence(session, city.technicians[0], monday(0), monday(24))

    assert offer(database, city) == []


def test_an_absence_with_work_in_it_does_not_keep_others_from_booking(database: Database, city: City) -> None:
    with database.writing() as session:
        booked = book_visit(session, city)
        technician_id = booked.technician_id
        absent = next(one for one in city.technicians if one.id == technician_id)
        make_absence(session, absent, monday(0), monday(24))

    holds = offer(database, city, customer=1)

    assert holds
    with looking(database) as session:
        shift_ids = {stop.shift_id for stop in session.query(Stop).filter(Stop.hold_id.is_not(None))}
        assert technician_id not in {session.get_one(Shift, shift_id).technician_id for shift_id in shift_ids}


def test_outside_the_commitment_is_offered_only_when_nothing_is_left_inside(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=0)
        make_shift(session, city.technicians[0], monday(24 + 8.5))

    holds = offer(database, city, now=MORNING, opened_at=NIGHT)

    assert holds
    assert not any(hold.is_inside_commitment for hold in holds)


@pytest.mark.parametrize("late_hours", [25, 60, 500])
def test_a_request_whose_deadline_has_passed_is_still_offered_the_next_windows(
    database: Database, city: City, late_hours: float
) -> None:
    holds = offer(database, city, opened_at=NIGHT - hours(late_hours))

    assert starts(holds)[0] == 8
    assert not any(hold.is_inside_commitment for hold in holds)


def test_a_night_window_is_offered_once_and_then_the_day(database: Database) -> None:
    with database.writing() as session:
        # Two hours of work and a bit: the earliest night window has no room for it a second time.
        city = make_city(session, technicians=1, duration_minutes=150)
        night_worker = make_technician(session, city.area, city.skill)
        make_shift(session, night_worker, monday(-2), is_night=True)

    found = starts(offer(database, city))

    assert found[0] == 0
    assert all(hour >= 8 for hour in found[1:])


def test_the_day_of_a_technician_in_the_middle_of_a_visit_goes_on_from_there(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1)
        visit = book_visit(session, city)
        visit.state, visit.arrived_at = VisitState.ON_SITE, monday(9.5)

    holds = offer(database, city, customer=1, now=monday(9.6), opened_at=monday(9.6))

    with looking(database) as session:
        first = min(stop.planned_start_at for stop in session.query(Stop).filter(Stop.hold_id.is_not(None)))
    assert holds
    assert first >= monday(10.5)
    demand_sound_plan(database, city, now=monday(9.6))


def test_a_forgotten_visit_of_yesterday_does_not_stop_todays_offers(database: Database, city: City) -> None:
    with database.writing() as session:
        forgotten = book_visit(session, city)
        deadline = deadline_of(session, request_id=forgotten.request_id)
        assert deadline is not None

    tomorrow = monday(24 + 7)
    assert offer(database, city, customer=1, now=tomorrow, opened_at=tomorrow)
    with looking(database) as session:
        assert session.get_one(Visit, forgotten.id).state is VisitState.BOOKED


@pytest.mark.parametrize("speaker", [0, 1])
def test_a_caller_is_offered_whoever_speaks_the_same_language_when_two_are_as_near(
    database: Database, city: City, speaker: int
) -> None:
    with database.writing() as session:
        session.get_one(Technician, city.technicians[speaker].id).language = Language.EN
        session.get_one(Customer, session.get_one(Asset, city.assets[0].id).customer.id).language = Language.EN

    holds = offer(database, city)

    with looking(database) as session:
        shift_ids = session.scalars(select(Stop.shift_id).where(Stop.hold_id.in_([hold.id for hold in holds]))).all()
    assert set(shift_ids) <= {shift.id for shift in city.shifts_of(city.technicians[speaker])}


ON_POSTGRESQL = pytest.mark.parametrize(
    "engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@contextmanager
def just_before_the_plan_is_locked(database: Database, act: Callable[[], object]) -> Iterator[None]:
    """Once, when the next session has read the stops and is about to lock the live plan, let somebody else act."""
    waiting, said = [act], []

    def watch(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)
        if waiting and "FROM live_plans" in statement and "FOR UPDATE" in statement:
            assert any("FROM stops" in earlier for earlier in said), "the plan is locked before it is read"
            waiting.pop()()

    event.listen(database.engine, "before_cursor_execute", watch)
    yield
    event.remove(database.engine, "before_cursor_execute", watch)
    assert not waiting, "no plan was locked"


@ON_POSTGRESQL
def test_nobody_waits_while_windows_are_looked_for_and_those_found_are_proven_in_the_plan_as_it_then_is(
    database: Database, elsewhere: Database, city: City
) -> None:
    def book_the_best() -> None:
        with elsewhere.writing() as session:
            book_visit(session, city, customer=1)

    with just_before_the_plan_is_locked(database, book_the_best):
        holds = offer(database, city)

    assert len(holds) == 3
    planned = {stop.visit_id for route in demand_sound_plan(database, city).routes for stop in route.stops}
    assert len(planned) == 3 + 1
    with looking(database) as session:
        made = session.get_one(SlotOffer, holds[0].offer_id)
    assert made.plan_revision == revision(database, city) - 1, "the plan it stands on is the one after the booking"


@ON_POSTGRESQL
def test_the_last_window_taken_while_it_was_looked_for_is_offered_to_nobody_else(
    database: Database, elsewhere: Database
) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1, shift_hours=3, duration_minutes=100, overtime_minutes=0)
    others: list[SlotHold] = []

    with just_before_the_plan_is_locked(database, lambda: others.extend(offer(elsewhere, city, customer=1))):
        holds = offer(database, city)

    assert (len(others), len(holds)) == (1, 0)


@ON_POSTGRESQL
def test_when_what_was_found_is_lost_meanwhile_the_next_best_windows_are_offered(
    database: Database, elsewhere: Database
) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=2, shift_hours=3, duration_minutes=100, overtime_minutes=0)

    def book_today() -> None:
        with elsewhere.writing() as session:
            book_visit(session, city, customer=1)

    with just_before_the_plan_is_locked(database, book_today):
        found = starts(offer(database, city))

    assert found
    assert all(hour >= 24 for hour in found)
    demand_sound_plan(database, city)


@ON_POSTGRESQL
def test_a_technician_who_falls_ill_while_windows_are_looked_for_is_not_offered(
    database: Database, elsewhere: Database
) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1)

    def fall_ill() -> None:
        with elsewhere.writing() as session:
            make_absence(session, session.get_one(Technician, city.technicians[0].id), monday(0), monday(24))

    with just_before_the_plan_is_locked(database, fall_ill):
        assert offer(database, city) == []


@ON_POSTGRESQL
def test_a_caller_for_whom_there_is_nothing_waits_for_nobody(database: Database, elsewhere: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=0)
    with elsewhere.writing() as session:
        lock_live_plan(session, area_id=city.area.id, now=NIGHT)
        assert offer(database, city) == []
