"""A past day out of the database becomes a scenario that says what was, and plays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from dispatch import ProblemError
from dispatch.replay import ChoiceRule, Policy, simulate
from dispatch.replay.people import FINAL
from dispatch.replay.soundness import check_scenario
from models import Area
from models.database import Database
from operations.planning.demand import NoHistory
from operations.replay.replays import NobodyWorks, NothingHappened, build_ahead, build_past, policy_of
from policies.figures import DEFAULT_FIGURES
from policies.visit_states import VisitState
from tests.factories.city import City, book_visit, make_city, open_visit
from tests.factories.instants import NIGHT, hours
from tests.factories.places import make_area
from tests.factories.team import make_absence

MONDAY = dt.date(2026, 5, 11)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as session:
        yield session


@pytest.fixture
def city(session: Session) -> City:
    return make_city(session, technicians=2, customers=4, days=3)


def area_of(session: Session, city: City) -> Area:
    return session.get_one(Area, city.area.id)


def first_day(city: City) -> dt.date:
    """The local date on which the city's first shift starts."""
    return min(shift.starts_at for shift in city.shifts).astimezone(dt.timezone(hours(8))).date()


def test_a_day_has_its_team_its_calls_and_what_really_happened(session: Session, city: City) -> None:
    day = first_day(city)
    called_at = min(shift.starts_at for shift in city.shifts) - hours(1)
    visit = book_visit(session, city, customer=0, now=called_at)
    assert visit.window_from_at is not None
    visit.state, visit.arrived_at = VisitState.COMPLETED, visit.window_from_at + hours(0.5)
    visit.completed_at = visit.arrived_at + hours(1.75)
    session.flush()

    past = build_past(session, area=area_of(session, city), day=day)

    scenario = past.scenario
    check_scenario(scenario)
    assert {shift.technician_id for shift in scenario.shifts} == {one.number for one in city.technicians}
    (request,) = scenario.requests
    midnight = dt.datetime.fromisoformat(scenario.starts_at)
    assert request.called_seconds == (called_at - midnight).total_seconds()
    assert request.commitment_seconds == 24 * 3600
    assert request.duration_seconds == 3600
    assert request.real_duration_seconds == 1.75 * 3600
    assert request.wished_from_seconds == (visit.window_from_at - midnight).total_seconds()
    assert (request.promised, request.is_no_access) == (None, False)
    assert scenario.taste.rule is ChoiceRule.AS_THEN
    assert (past.happened.requests, past.happened.done) == (1, 1)
    assert (past.happened.commitments_kept_percent, past.happened.promises_kept_percent) == (100.0, 100.0)


def test_what_was_promised_before_the_day_stands_with_its_technician(session: Session, city: City) -> None:
    day = first_day(city) + dt.timedelta(days=1)
    called_at = min(shift.ends_at for shift in city.shifts) - hours(0.5)
    visit = book_visit(session, city, customer=1, now=called_at)

    past = build_past(session, area=area_of(session, city), day=day)

    (request,) = past.scenario.requests
    assert request.called_seconds < 0
    assert request.promised is not None
    assert visit.technician is not None
    shift = next(shift for shift in past.scenario.shifts if shift.id == request.shift_id)
    assert shift.technician_id == visit.technician.number


def test_a_past_day_is_played_to_its_end(session: Session, city: City) -> None:
    called_at = min(shift.starts_at for shift in city.shifts) - hours(1)
    for customer in range(3):
        book_visit(session, city, customer=customer, now=called_at + hours(customer / 10))

    past = build_past(session, area=area_of(session, city), day=first_day(city))
    quick = replace(past.scenario, policy=Policy(solve_iterations=5, replan_iterations=5))
    outcome = simulate(quick)

    assert set(outcome.stages.values()) <= FINAL
    assert outcome.figures.requests == 3
    assert outcome.figures.done == 3


def test_an_absence_known_that_day_is_no_shift(session: Session, city: City) -> None:
    technician = city.technicians[0]
    open_visit(session, city, opened_at=min(shift.starts_at for shift in city.shifts))
    for shift in city.shifts_of(technician):
        make_absence(session, technician, shift.starts_at, shift.ends_at)

    past = build_past(session, area=area_of(session, city), day=first_day(city))

    assert {shift.technician_id for shift in past.scenario.shifts} == {city.technicians[1].number}


def test_a_request_still_without_a_window_is_called_in_again(session: Session, city: City) -> None:
    visit = open_visit(session, city, opened_at=min(shift.starts_at for shift in city.shifts))

    past = build_past(session, area=area_of(session, city), day=first_day(city))

    assert [request.id for request in past.scenario.requests] == [str(visit.request_id)]
    assert past.happened.commitments_kept_percent is None


def test_another_areas_calls_are_not_ours(session: Session, city: City) -> None:
    other = make_city(session, technicians=1, customers=1)
    book_visit(session, other, now=min(shift.starts_at for shift in city.shifts) - hours(1))

    with pytest.raises(NothingHappened):
        build_past(session, area=area_of(session, city), day=first_day(city))


def test_a_day_nobody_works_on_is_refused(session: Session) -> None:
    with pytest.raises(NobodyWorks):
        build_past(session, area=make_area(session), day=MONDAY)


def test_the_policy_replayed_is_the_one_in_force() -> None:
    assert policy_of(DEFAULT_FIGURES) == Policy()
    assert policy_of(replace(DEFAULT_FIGURES, publish_at_local="05:45")).publish_at_hour == 5.75


def test_the_days_ahead_have_their_shifts_and_calls_as_they_came(session: Session, city: City) -> None:
    opened = [min(shift.starts_at for shift in city.shifts) - hours(30 + number) for number in range(4)]
    for customer, at in enumerate(opened):
        open_visit(session, city, customer=customer, opened_at=at)
    now = max(opened) + hours(20)

    scenario = build_ahead(
        session, area=area_of(session, city), day=first_day(city), days=2, calls_per_day=None, now=now
    )

    check_scenario(scenario)
    assert scenario.demand is not None
    assert scenario.demand.calls_per_day == pytest.approx(4.0, rel=0.2)
    assert sum(kind.weight for kind in scenario.demand.kinds) == 4
    assert scenario.until_seconds == 2 * 86400
    assert scenario.demand.kinds[0].skills == {city.skill.code: city.fault.skill_level}


def test_without_history_there_is_no_demand_to_draw_from(session: Session, city: City) -> None:
    with pytest.raises(NoHistory):
        build_ahead(
            session,
            area=area_of(session, city),
            day=first_day(city),
            days=1,
            calls_per_day=10.0,
            now=NIGHT - hours(24 * 30),
        )


def test_a_scenario_of_the_database_is_sound_or_says_why(session: Session, city: City) -> None:
    open_visit(session, city, opened_at=min(shift.starts_at for shift in city.shifts))
    past = build_past(session, area=area_of(session, city), day=first_day(city))
    upside_down = tuple(replace(shift, until_seconds=shift.from_seconds - 1) for shift in past.scenario.shifts)

    with pytest.raises(ProblemError):
        check_scenario(replace(past.scenario, shifts=upside_down))
