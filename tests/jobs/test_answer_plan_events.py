"""The plan lives: somebody is ill or late, and the promises of the day stand (D5, D6)."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

import dispatch
from jobs.answer_plan_events import answer_plan_events, watch_plans
from jobs.publish_day import publish_days
from models import Absence, Escalation, Message, PlanEvent, PlanProposal, Shift, Stop, Technician, Visit
from models.database import Database
from operations.dispatching.delays import report_delay
from operations.dispatching.publication import publish_proposal
from operations.planning.live import read_plan
from operations.planning.plan_events import (
    AbsenceRefused,
    DelayRefused,
    list_slipping,
    record_absence,
    record_delay,
    record_return,
)
from policies.escalations import EscalationReason
from policies.plan_events import PlanEventKind, PlanEventOutcome
from policies.publication import ProposalState
from tests.factories.city import HOUSE, City, book_visit
from tests.factories.instants import MORNING, NIGHT, hours, minutes
from tests.factories.looking import looking
from tests.jobs.conftest import Desk, mend

EVENING = MORNING + hours(14)


@pytest.fixture
def booked(database: Database, city: City) -> list[int]:
    with database.writing() as session:
        return [book_visit(session, city, customer=customer).id for customer in range(3)]


def busiest(database: Database, city: City) -> Technician:
    """The technician with the most visits."""
    with looking(database) as session:
        owners = [stop.shift.technician_id for stop in session.query(Stop)]
    return max(city.technicians, key=lambda technician: owners.count(technician.id))


def call_in_sick(database: Database, technician: Technician, *, now: dt.datetime) -> None:
    with database.writing() as session:
        row = session.get_one(Technician, technician.id)
        record_absence(session, technician=row, from_at=now, until_at=EVENING, reason="发烧", by="lin", now=now)


def answer(desk: Desk, now: dt.datetime) -> PlanEvent:
    desk.now = now
    assert answer_plan_events(desk.services) == 1
    with looking(desk.database) as session:
        return session.query(PlanEvent).order_by(PlanEvent.id.desc()).limit(1).one()


def owners(database: Database) -> set[int]:
    with looking(database) as session:
        return {session.get_one(Shift, stop.shift_id).technician_id for stop in session.query(Stop)}


def slipping(session: Session, city: City, *, now: dt.datetime) -> list[int]:
    snapshot = read_plan(session, area_id=city.area.id, now=now).snapshot
    return list_slipping(snapshot.problem, snapshot.plan)


@pytest.mark.usefixtures("booked")
def test_before_anybody_is_told_the_visits_of_somebody_ill_go_to_the_others_by_themselves(
    database: Database, desk: Desk, city: City
) -> None:
    ill = busiest(database, city)
    call_in_sick(database, ill, now=NIGHT)

    event = answer(desk, NIGHT)

    assert event.outcome is PlanEventOutcome.PUBLISHED
    assert ill.id not in owners(database)
    with looking(database) as session:
        assert {visit.technician_id for visit in session.query(Visit)} == owners(database)
        assert session.query(Message).filter_by(template="technician_changed").count() >= 1


@pytest.mark.usefixtures("booked")
def test_a_promise_that_slips_although_somebody_else_comes_is_put_before_a_person(
    database: Database, desk: Desk, city: City
) -> None:
    """Two visits at once, and one technician left: one of them waits."""
    call_in_sick(database, busiest(database, city), now=NIGHT)

    event = answer(desk, NIGHT)

    with looking(database) as session:
        late = slipping(session, city, now=NIGHT)
        assert late
        assert [one.reason for one in session.query(Escalation)] == [EscalationReason.PROMISE_SLIPPING] * len(late)
    assert event.visit_ids == late


@pytest.mark.usefixtures("booked")
def test_when_people_have_been_told_a_dispatcher_decides_and_one_press_sends_it(
    database: Database, desk: Desk, city: City
) -> None:
    desk.now = MORNING
    publish_days(desk.services)
    ill = busiest(database, city)
    call_in_sick(database, ill, now=MORNING + minutes(5))

    event = answer(desk, MORNING + minutes(5))

    assert event.outcome is PlanEventOutcome.PROPOSED
    assert ill.id in owners(database)
    with database.writing() as session:
        proposal = session.get_one(PlanProposal, event.proposal_id)
        assert (proposal.state, proposal.reason) == (ProposalState.PROPOSED, "technician_absent")
        publish_proposal(session, proposal=proposal, house=HOUSE, by="lin", now=MORNING + minutes(6))
    assert ill.id not in owners(database)


@pytest.mark.usefixtures("booked")
def test_a_visit_nobody_can_take_stays_promised_and_is_put_before_a_person(
    database: Database, desk: Desk, city: City
) -> None:
    for technician in city.technicians:
        call_in_sick(database, technician, now=NIGHT)

    event = answer(desk, NIGHT)

    assert event.outcome is PlanEventOutcome.NO_CHANGE
    with looking(database) as session:
        stops = session.query(Stop).count()
        reasons = [one.reason for one in session.query(Escalation)]
        visits = sorted(visit.id for visit in session.query(Visit))
    assert stops == len(visits) == 3
    assert reasons == [EscalationReason.NO_TECHNICIAN] * 3
    assert event.visit_ids == visits


@pytest.mark.usefixtures("booked")
def test_a_technician_who_is_back_has_his_visits_again(database: Database, desk: Desk, city: City) -> None:
    for technician in city.technicians:
        call_in_sick(database, technician, now=NIGHT)
    answer(desk, NIGHT)
    with database.writing() as session:
        for technician in city.technicians:
            row = session.get_one(Technician, technician.id)
            record_return(session, technician=row, by="lin", now=NIGHT + minutes(30))

    event = answer(desk, NIGHT + minutes(30))

    assert event.kind is PlanEventKind.TECHNICIAN_BACK
    with looking(database) as session:
        assert not slipping(session, city, now=NIGHT + minutes(30))
        assert all(absence.absent_until_at == NIGHT + minutes(30) for absence in session.query(Absence))


def test_what_a_late_technician_can_no_longer_keep_goes_to_somebody_who_can(
    database: Database, desk: Desk, city: City
) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        assert visit.window_until_at is not None
        five_hours_before = visit.window_until_at - hours(5)
        late = visit.technician_id
        technician = session.get_one(Technician, late)
        record_delay(session, technician=technician, minutes=450, by="sms", now=five_hours_before)
    with looking(database) as session:
        assert slipping(session, city, now=five_hours_before) == [visit.id]

    event = answer(desk, five_hours_before)

    assert event.outcome is PlanEventOutcome.PUBLISHED
    with looking(database) as session:
        assert session.get_one(Visit, visit.id).technician_id != late
        assert not slipping(session, city, now=five_hours_before)


def test_a_technician_who_texts_that_he_is_late_has_the_planner_look_after_his_next_visits(
    database: Database, desk: Desk, city: City
) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        assert visit.window_until_at is not None
        assert visit.window_from_at is not None
        expected_at, an_hour_before = visit.window_until_at + minutes(40), visit.window_from_at - hours(1.5)
    desk.now = an_hour_before
    publish_days(desk.services)
    with database.writing() as session:
        late = session.get_one(Visit, visit.id)
        report_delay(
            session,
            visit=late,
            expected_at=expected_at,
            house=HOUSE,
            now=an_hour_before,
            actor="technician:1",
            source="sms",
        )
        owner = late.technician_id

    event = answer(desk, an_hour_before)

    assert (event.kind, event.outcome) == (PlanEventKind.TECHNICIAN_LATE, PlanEventOutcome.PROPOSED)
    with looking(database) as session:
        proposal = session.get_one(PlanProposal, event.proposal_id)
        (change,) = proposal.changes
        assert change["visit"] == visit.id
        assert session.get_one(Shift, change["to_shift"]).technician_id != owner


@pytest.mark.usefixtures("booked")
def test_a_promise_that_begins_to_slip_is_seen_once(database: Database, desk: Desk) -> None:
    with looking(database) as session:
        late_at = max(visit.window_until_at or NIGHT for visit in session.query(Visit)) + minutes(1)
    desk.now = late_at

    assert watch_plans(desk.services) == 1
    assert watch_plans(desk.services) == 0
    assert answer_plan_events(desk.services) == 1
    assert answer_plan_events(desk.services) == 0


@pytest.mark.usefixtures("booked")
def test_a_planner_that_fails_leaves_the_plan_and_says_so(database: Database, desk: Desk, city: City) -> None:
    def fail(_problem: dispatch.Problem, _plan: dispatch.Plan) -> dispatch.Plan:
        raise RuntimeError("no worker")

    before = owners(database)
    call_in_sick(database, busiest(database, city), now=NIGHT)
    desk.replan = fail
    desk.now = NIGHT

    assert answer_plan_events(desk.services) == 0

    with looking(database) as session:
        (event,) = session.query(PlanEvent)
        assert event.outcome is PlanEventOutcome.FAILED
    assert owners(database) == before


def test_a_booking_that_comes_in_while_the_planner_thinks_is_not_lost(
    database: Database, desk: Desk, city: City, booked: list[int]
) -> None:
    ill = busiest(database, city)
    call_in_sick(database, ill, now=NIGHT)
    thoughts: list[dispatch.Plan] = []

    def think_slowly(problem: dispatch.Problem, plan: dispatch.Plan) -> dispatch.Plan:
        if not thoughts:
            with database.writing() as session:
                booked.append(book_visit(session, city, customer=3).id)
        thoughts.append(plan)
        return mend(problem, plan)

    desk.replan = think_slowly
    event = answer(desk, NIGHT)

    assert len(thoughts) == 2
    assert event.outcome is PlanEventOutcome.PUBLISHED
    with looking(database) as session:
        assert {stop.visit_id for stop in session.query(Stop)} == set(booked)
    assert ill.id not in owners(database)


@pytest.mark.parametrize(
    ("from_hours", "until_hours", "reason"), [(2, 1, "发烧"), (-3, -1, "发烧"), (0, 5, "  "), (0, 5, "长" * 81)]
)
def test_an_impossible_absence_is_refused(
    database: Database, city: City, from_hours: float, until_hours: float, reason: str
) -> None:
    with database.writing() as session:
        technician = session.get_one(Technician, city.technicians[0].id)
        with pytest.raises(AbsenceRefused):
            record_absence(
                session,
                technician=technician,
                from_at=NIGHT + hours(from_hours),
                until_at=NIGHT + hours(until_hours),
                reason=reason,
                by="lin",
                now=NIGHT,
            )


@pytest.mark.parametrize("late_minutes", [0, -5, 481])
def test_an_impossible_delay_is_refused(database: Database, city: City, late_minutes: int) -> None:
    with database.writing() as session:
        technician = session.get_one(Technician, city.technicians[0].id)
        with pytest.raises(DelayRefused):
            record_delay(session, technician=technician, minutes=late_minutes, by="lin", now=NIGHT)


def test_the_same_absence_twice_is_one(database: Database, city: City) -> None:
    for _ in range(2):
        call_in_sick(database, city.technicians[0], now=NIGHT)

    with looking(database) as session:
        assert session.query(Absence).count() == session.query(PlanEvent).count() == 1
