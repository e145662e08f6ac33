"""How long things really take is learnt, and with little to go by the usual counts for more."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, log, sqrt
from random import Random

import pytest
from hypothesis import given, strategies as st
from sqlalchemy.orm import Session

from dispatch.risk.spreads import USUAL_DURATION, USUAL_TRAVEL, Spread
from models.database import Database
from operations.planning.spreads import LearntSpreads, learn, learn_spreads
from policies.visit_states import VisitState
from tests.factories.city import book_visit, make_city
from tests.factories.instants import hours

PRIOR = Spread(1.0, 0.4)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as session:
        yield session


def test_nothing_seen_is_the_usual() -> None:
    assert learn([], PRIOR) == PRIOR


def test_two_observations_are_worked_out_by_hand() -> None:
    found = learn([exp(0.2), exp(0.6)], PRIOR, weight=2.0)

    # Mean 0.4 halved; (2 × 0.16 + 0.08 + 2 × 2 / 4 × 0.16) / 4.
    assert log(found.median_factor) == pytest.approx(0.2)
    assert found.log_sigma == pytest.approx(sqrt(0.14))


def test_much_seen_is_believed() -> None:
    random = Random(1)
    found = learn([exp(random.gauss(0.3, 0.15)) for _ in range(3000)], PRIOR)

    assert log(found.median_factor) == pytest.approx(0.3, abs=0.02)
    assert found.log_sigma == pytest.approx(0.15, abs=0.02)


@given(factors=st.lists(st.floats(0.2, 5.0), max_size=20))
def test_what_is_learnt_lies_between_the_usual_and_what_was_seen(factors: list[float]) -> None:
    found = learn(factors, PRIOR)

    logs = [0.0, *map(log, factors)]
    assert min(logs) - 1e-9 <= log(found.median_factor) <= max(logs) + 1e-9
    assert found.log_sigma >= 0


def test_visits_that_took_long_widen_and_lengthen_what_is_expected(session: Session) -> None:
    city = make_city(session, technicians=2, customers=4, days=2)
    begin = min(shift.starts_at for shift in city.shifts)
    for customer in range(4):
        visit = book_visit(session, city, customer=customer, now=begin - hours(1))
        assert visit.window_from_at is not None
        visit.state, visit.arrived_at = VisitState.COMPLETED, visit.window_from_at
        visit.completed_at = visit.arrived_at + hours(2)
    session.flush()

    learnt = learn_spreads(session, area_id=city.area.id, before=begin + hours(48))
    earlier = learn_spreads(session, area_id=city.area.id, before=begin)

    assert learnt.observations == 4
    assert learnt.duration.median_factor == pytest.approx(2 ** (4 / 14))
    of_fault = learnt.duration_of(fault=city.fault.code, skill=city.skill.code)
    assert of_fault.median_factor > learnt.duration.median_factor
    assert learnt.duration_of(fault="other", skill="other") == learnt.duration
    assert (earlier.duration, earlier.travel, earlier.observations) == (USUAL_DURATION, USUAL_TRAVEL, 0)


def test_a_fault_never_seen_is_taken_for_its_skill() -> None:
    learnt = LearntSpreads(by_skill={"power": Spread(1.5, 0.2)})

    assert learnt.duration_of(fault="new", skill="power") == Spread(1.5, 0.2)
    assert learnt.duration_of(fault=None, skill=None) == USUAL_DURATION
