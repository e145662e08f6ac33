import datetime as dt
from dataclasses import replace

import pytest

import dispatch
from jobs.publish_day import publish_days
from models import JobRun, Message, PlanProposal, PolicyVersion, Visit
from models.database import Database
from policies.publication import ProposalState, last_publication_at
from policies.visit_states import VisitState
from tests.factories.city import City, book_visit, make_city
from tests.factories.instants import MORNING, NIGHT, hours, minutes, seconds
from tests.factories.looking import looking
from tests.factories.threads import run_together
from tests.jobs.conftest import Desk


@pytest.fixture
def booked(database: Database, city: City) -> list[int]:
    with database.writing() as session:
        return [book_visit(session, city, customer=customer).id for customer in range(2)]


def publish(desk: Desk, now: dt.datetime = MORNING) -> int:
    desk.now = now
    return publish_days(desk.services)


def routes(database: Database) -> list[str]:
    with looking(database) as session:
        return [one.recipient for one in session.query(Message).filter(Message.template.like("route%"))]


def states(database: Database) -> set[VisitState]:
    with looking(database) as session:
        return {visit.state for visit in session.query(Visit)}


def proposals(database: Database) -> list[PlanProposal]:
    with looking(database) as session:
        return session.query(PlanProposal).order_by(PlanProposal.id).all()


@pytest.mark.usefixtures("booked")
def test_at_half_past_six_the_day_goes_out_by_itself(database: Database, desk: Desk) -> None:
    assert publish(desk) == 2

    assert states(database) == {VisitState.DISPATCHED}
    assert len(routes(database)) >= 1
    (proposal,) = proposals(database)
    assert (proposal.state, proposal.decided_by) == (ProposalState.PUBLISHED, "auto_publish")


@pytest.mark.usefixtures("booked")
def test_before_half_past_six_nobody_is_told(database: Database, desk: Desk) -> None:
    assert publish(desk, MORNING - seconds(1)) == 0
    assert states(database) == {VisitState.BOOKED}


@pytest.mark.usefixtures("booked")
def test_the_day_goes_out_once(database: Database, desk: Desk) -> None:
    told = [publish(desk, MORNING + seconds(30 * turn)) for turn in range(4)]

    assert told == [2, 0, 0, 0]
    assert desk.solves == 1
    assert len(routes(database)) == len(set(routes(database)))


@pytest.mark.usefixtures("booked")
def test_of_two_clocks_one_publishes(database: Database, desk: Desk) -> None:
    desk.now = MORNING

    told = run_together(lambda: publish_days(desk.services), lambda: publish_days(desk.services))

    assert sorted(told) == [0, 2]
    assert desk.solves == 1
    assert len(routes(database)) == len(set(routes(database)))


@pytest.mark.usefixtures("booked")
def test_a_clock_that_was_down_publishes_late_but_not_after_the_catch_up(database: Database, desk: Desk) -> None:
    assert publish(desk, MORNING + hours(4)) == 0
    assert states(database) == {VisitState.BOOKED}

    assert publish(desk, MORNING + hours(3.9)) > 0


def test_a_plan_that_moved_while_it_was_solved_is_solved_again(
    database: Database, desk: Desk, city: City, booked: list[int]
) -> None:
    customers = iter([2])

    def solve(_problem: dispatch.Problem, plan: dispatch.Plan) -> dispatch.Plan:
        for customer in customers:
            with database.writing() as session:
                book_visit(session, city, customer=customer, now=MORNING)
        return plan

    desk.solve = solve

    assert publish(desk) == len(booked) + 1
    assert desk.solves == 2
    assert [proposal.state for proposal in proposals(database)] == [ProposalState.PUBLISHED]


@pytest.mark.usefixtures("booked")
def test_when_bookings_come_faster_than_solves_the_plan_goes_out_as_it_is(
    database: Database, desk: Desk, city: City
) -> None:
    customers = iter(range(2, 6))

    def solve(_problem: dispatch.Problem, plan: dispatch.Plan) -> dispatch.Plan:
        with database.writing() as session:
            book_visit(session, city, customer=next(customers), now=MORNING)
        return plan

    desk.solve = solve

    assert publish(desk) == 5
    assert desk.solves == 3
    assert proposals(database) == []
    assert states(database) == {VisitState.DISPATCHED}


@pytest.mark.usefixtures("booked")
def test_when_the_solver_fails_the_checked_plan_goes_out_as_it_is(database: Database, desk: Desk) -> None:
    def fail(_problem: dispatch.Problem, _plan: dispatch.Plan) -> dispatch.Plan:
        raise RuntimeError("the solver's process died")

    desk.solve = fail

    assert publish(desk) == 2
    assert states(database) == {VisitState.DISPATCHED}
    with looking(database) as session:
        assert [(run.error, run.finished_at) for run in session.query(JobRun)] == [(None, MORNING)]


def switch_auto_publish_off(database: Database) -> None:
    with database.writing() as session:
        session.add(PolicyVersion(in_force_from_at=NIGHT, figures={"is_auto_publish_on": False}, approved_by="manager"))


@pytest.mark.usefixtures("booked")
@pytest.mark.parametrize("trouble", ["none", "solver", "bookings"])
def test_where_people_publish_the_clock_never_does(database: Database, desk: Desk, city: City, trouble: str) -> None:
    switch_auto_publish_off(database)
    customers = iter(range(2, 6))

    def solve(_problem: dispatch.Problem, plan: dispatch.Plan) -> dispatch.Plan:
        if trouble == "solver":
            raise RuntimeError("the solver's process died")
        if trouble == "bookings":
            with database.writing() as session:
                book_visit(session, city, customer=next(customers), now=MORNING)
        return plan

    desk.solve = solve

    assert publish(desk) == 0
    assert states(database) == {VisitState.BOOKED}
    assert routes(database) == []


@pytest.mark.usefixtures("booked")
def test_a_plan_that_would_break_a_promise_waits_for_a_dispatcher(database: Database, desk: Desk) -> None:
    def solve(problem: dispatch.Problem, _plan: dispatch.Plan) -> dispatch.Plan:
        slow = replace(problem, visits=tuple(replace(one, duration_seconds=5 * 3600.0) for one in problem.visits))
        order = [one.id for one in problem.visits]
        return dispatch.time_routes(slow, {problem.shifts[0].id: order})

    desk.solve = solve

    assert publish(desk) == 0
    assert states(database) == {VisitState.BOOKED}
    assert [proposal.state for proposal in proposals(database)] == [ProposalState.PROPOSED]


@pytest.mark.usefixtures("booked")
def test_trouble_in_one_area_does_not_keep_another_from_its_day(database: Database, desk: Desk) -> None:
    with database.writing() as session:
        second = make_city(session, days=1)
        other = book_visit(session, second)

    def solve(problem: dispatch.Problem, plan: dispatch.Plan) -> dispatch.Plan:
        if len(problem.visits) > 1:
            raise RuntimeError("too hard")
        return plan

    desk.solve = solve
    publish(desk)

    with looking(database) as session:
        assert session.get_one(Visit, other.id).state is VisitState.DISPATCHED
    assert states(database) == {VisitState.DISPATCHED}


def test_each_area_goes_out_at_its_own_half_past_six(database: Database, desk: Desk) -> None:
    with database.writing() as session:
        for zone in ("Asia/Shanghai", "Europe/Berlin"):
            make_city(session).area.time_zone = zone
        session.flush()

    publish(desk, MORNING)
    publish(desk, MORNING + hours(7))

    with looking(database) as session:
        due = sorted(run.due_at for run in session.query(JobRun))
    assert due == [MORNING, MORNING + hours(7)]


@pytest.mark.parametrize(
    ("now", "zone", "due"),
    [
        (MORNING, "Asia/Shanghai", MORNING),
        (MORNING - seconds(1), "Asia/Shanghai", MORNING - hours(24)),
        (MORNING + hours(23), "Asia/Shanghai", MORNING),
        # Clocks go forward on 29 March 2026 in Berlin: 06:30 there is 04:30 UTC from then on.
        (dt.datetime(2026, 3, 29, 12, tzinfo=dt.UTC), "Europe/Berlin", dt.datetime(2026, 3, 29, 4, 30, tzinfo=dt.UTC)),
        (dt.datetime(2026, 3, 29, 4, tzinfo=dt.UTC), "Europe/Berlin", dt.datetime(2026, 3, 28, 5, 30, tzinfo=dt.UTC)),
    ],
)
def test_publication_is_at_the_local_clocks_half_past_six(now: dt.datetime, zone: str, due: dt.datetime) -> None:
    assert last_publication_at(now, time_zone=zone, at_local="06:30") == due
    assert now - due < hours(24) + minutes(60)
