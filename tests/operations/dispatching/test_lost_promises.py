"""A visit booked after the day went out must reach its technician, and one lost promise must not hold up a day."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

import dispatch
from models import Message, Shift, Stop, Visit
from models.database import Database
from operations.dispatching.publication import DayToSolve, judge_proposal, propose_plan, read_day
from operations.dispatching.routes import tell_if_published, tell_route
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, book_visit, make_city
from tests.factories.instants import MORNING, NIGHT, minutes
from tests.factories.looking import looking
from tests.prepared import prepare


@pytest.fixture
def city(database: Database) -> City:
    """Two technicians; the first has the only visit of the day."""
    return prepare(database, one_visit_of_the_first)


def one_visit_of_the_first(session: Session) -> City:
    city = make_city(session, customers=4, days=1)
    book_visit(session, city)
    _give(session.query(Stop).one(), city.shifts[0])
    return city


def _give(stop: Stop, shift: Shift) -> None:
    assert stop.visit is not None
    stop.shift_id, stop.visit.technician_id = shift.id, shift.technician_id


def book_into(database: Database, shift: Shift, *, now: dt.datetime) -> int:
    """Put another visit into a shift, and let its technician hear of it if he should; return how many he heard of."""
    with database.writing() as session:
        visit = Visit(
            request_id=session.query(Visit).first().request_id,  # type: ignore[union-attr]
            area_id=session.query(Visit).first().area_id,  # type: ignore[union-attr]
            code="WXYV",
            state=VisitState.BOOKED,
            duration_minutes=60,
        )
        stop = session.query(Stop).first()
        assert stop is not None
        session.add(
            Stop(
                area_id=stop.area_id,
                shift_id=shift.id,
                visit=visit,
                planned_arrive_at=shift.starts_at + minutes(240),
                planned_start_at=shift.starts_at + minutes(240),
                planned_end_at=shift.starts_at + minutes(300),
                travel_seconds=600,
                travel_metres=5000,
            )
        )
        session.flush()
        return tell_if_published(session, shift_id=shift.id, house=HOUSE, now=now)


def publish(database: Database, city: City) -> None:
    with database.writing() as session:
        for shift in city.shifts:
            tell_route(session, shift=session.get_one(Shift, shift.id), house=HOUSE, now=MORNING)


def texts(database: Database, city: City, technician: int) -> list[str]:
    with looking(database) as session:
        mine = session.query(Message).filter_by(to_number=city.technicians[technician].phone)
        return [message.body for message in mine]


def test_who_had_no_stop_when_the_day_went_out_hears_of_his_first_one_at_once(database: Database, city: City) -> None:
    publish(database, city)
    assert texts(database, city, 1) == []

    told = book_into(database, city.shifts[1], now=MORNING + minutes(60))

    assert told == 1
    assert "WXYV" in texts(database, city, 1)[0]
    with looking(database) as session:
        assert session.query(Visit).filter_by(code="WXYV").one().state is VisitState.DISPATCHED


def test_whoever_is_at_work_hears_of_a_visit_even_if_the_day_never_went_out(database: Database, city: City) -> None:
    at_work = city.shifts[1].starts_at + minutes(30)

    assert book_into(database, city.shifts[1], now=at_work) == 1
    assert "WXYV" in texts(database, city, 1)[0]


def test_before_the_day_goes_out_a_booking_waits_for_it(database: Database, city: City) -> None:
    assert book_into(database, city.shifts[1], now=NIGHT) == 0
    assert texts(database, city, 1) == []


def test_after_yesterdays_publication_a_booking_for_tomorrow_waits(database: Database, city: City) -> None:
    publish(database, city)
    yesterday = MORNING - dt.timedelta(hours=12)

    assert book_into(database, city.shifts[1], now=yesterday) == 0


def _judge(database: Database, *, lost_before: int, lost_after: int) -> str:
    with database.writing() as session:
        area_id = session.query(Visit.area_id).scalar()
        day = read_day(session, area_id=area_id, now=NIGHT)
        before = replace(day.snapshot.plan, score=_score(lost_before))
        day = DayToSolve(day.area_id, day.revision, replace(day.snapshot, plan=before))
        solved = replace(before, score=_score(lost_after))
        proposal = propose_plan(session, day=day, solved=solved, reason="morning", now=NIGHT)
        return judge_proposal(session, proposal=proposal, is_auto_publish_on=True, is_morning=True).reason


def _score(broken_promises: int) -> dispatch.Score:
    return dispatch.Score(0, broken_promises, 0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (0, 0, "no_promise_touched"),
        (1, 1, "no_promise_touched"),
        (2, 1, "no_promise_touched"),
        (1, 2, "promise_touched"),
    ],
)
def test_only_a_promise_the_proposal_itself_breaks_holds_up_the_day(
    database: Database, city: City, before: int, after: int, reason: str
) -> None:
    assert city.technicians
    assert _judge(database, lost_before=before, lost_after=after) == reason
