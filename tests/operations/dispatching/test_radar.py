"""The promise radar: likely to break first, rescues proven and carried out, and reasons for what has no place (D13)."""

import pytest
from sqlalchemy.orm import Session

import dispatch
from models import Message, Stop, TechnicianSkill, Visit
from models.database import Database
from operations.day.explanations import tell_office
from operations.dispatching.radar import (
    RescueLost,
    carry_out_rescue,
    explain_unplaced,
    list_rescues,
    list_risks,
    list_unplaced,
)
from operations.planning.live import open_plan, save_plan
from policies.languages import Language
from tests.factories.city import HOUSE, City, book_visit, make_city, open_visit
from tests.factories.instants import NIGHT, minutes
from tests.factories.looking import looking
from tests.factories.team import make_absence
from tests.prepared import prepare

LATER = NIGHT + minutes(5)


@pytest.fixture
def crowded(database: Database) -> City:
    """Two technicians and four visits of two and a half hours in the same morning, all with the first of them."""
    return prepare(database, all_with_the_first)


def all_with_the_first(session: Session) -> City:
    city = make_city(session, customers=4, days=1, duration_minutes=110)
    for customer in range(3):
        book_visit(session, city, customer=customer)
    opened = open_plan(session, area_id=city.area.id, now=LATER)
    visits = sorted(opened.snapshot.problem.visits, key=lambda v: v.promised_window.from_seconds)  # type: ignore[union-attr]
    first = opened.snapshot.problem.shifts[0].id
    plan = dispatch.time_routes(opened.snapshot.problem, {first: [visit.id for visit in visits]})
    assert not plan.unplaced
    save_plan(session, opened, plan, now=LATER)
    session.query(Visit).update({"technician_id": city.technicians[0].id})
    return city


def places(database: Database) -> dict[int | None, int]:
    with database.reading() as session:
        return {stop.visit_id: stop.shift_id for stop in session.query(Stop)}


def test_what_is_likelier_to_break_stands_first(database: Database, crowded: City) -> None:
    with looking(database) as session:
        risks = list_risks(session, area_id=crowded.area.id, now=LATER, least=0.0)

    chances = [risk.chance for risk in risks]
    assert len(risks) == 3
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.05
    assert all(risk.early_at <= risk.late_at for risk in risks)


def test_a_safe_day_has_nothing_on_the_radar(database: Database, city: City) -> None:
    with database.writing() as session:
        book_visit(session, city)

    with database.reading() as session:
        assert list_risks(session, area_id=city.area.id, now=LATER) == []


def test_the_cheapest_rescue_is_carried_out_and_makes_the_promise_safer(database: Database, crowded: City) -> None:
    with looking(database) as session:
        [worst, *_] = list_risks(session, area_id=crowded.area.id, now=LATER)
        options = list_rescues(session, visit=worst.visit, now=LATER)
    best = next(option for option in options if option.kind == "technician")

    with database.writing() as session:
        visit = session.get_one(Visit, worst.visit.id)
        move = carry_out_rescue(
            session, visit=visit, shift_id=best.shift.id, kind=best.kind, by="zhou", house=HOUSE, now=LATER
        )

    with looking(database) as session:
        after = {
            risk.visit.id: risk.chance for risk in list_risks(session, area_id=crowded.area.id, now=LATER, least=0)
        }
        texts = session.query(Message).filter_by(template="technician_changed").all()
    assert [option.extra_cost_cents for option in options] == sorted(o.extra_cost_cents for o in options)
    assert best.chance_after < best.chance_before
    assert best.expected_broken_after <= best.expected_broken_before
    assert places(database)[worst.visit.id] == best.shift.id
    assert after[worst.visit.id] == pytest.approx(best.chance_after, abs=0.1)
    assert [text.visit_id for text in texts] == [worst.visit.id]
    assert move.reason.startswith("radar")


def test_whom_nobody_comes_to_stands_first_and_is_rescued_by_one_key(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        ill = session.query(Stop).one().shift.technician
        make_absence(session, ill, NIGHT, NIGHT + minutes(48 * 60))

    with looking(database) as session:
        [lost] = list_risks(session, area_id=city.area.id, now=LATER)
        [option, *_] = list_rescues(session, visit=lost.visit, now=LATER)
    with database.writing() as session:
        booked = session.get_one(Visit, visit.id)
        carry_out_rescue(
            session, visit=booked, shift_id=option.shift.id, kind=option.kind, by="zhou", house=HOUSE, now=LATER
        )

    assert (lost.visit.id, lost.chance, lost.is_stranded) == (visit.id, 1.0, True)
    assert lost.shift.technician_id == ill.id
    assert option.shift.technician_id != ill.id
    assert places(database)[visit.id] == option.shift.id
    with database.reading() as session:
        assert list_risks(session, area_id=city.area.id, now=LATER) == []


def test_a_rescue_that_is_no_longer_possible_changes_nothing(database: Database, crowded: City) -> None:
    with looking(database) as session:
        [worst, *_] = list_risks(session, area_id=crowded.area.id, now=LATER)
        option = list_rescues(session, visit=worst.visit, now=LATER)[0]
    with database.writing() as session:
        session.query(TechnicianSkill).filter_by(technician_id=option.shift.technician_id).delete()
    before = places(database)

    with pytest.raises(RescueLost), database.writing() as session:
        carry_out_rescue(
            session,
            visit=session.get_one(Visit, worst.visit.id),
            shift_id=option.shift.id,
            kind=option.kind,
            by="zhou",
            house=HOUSE,
            now=LATER,
        )

    assert places(database) == before


def test_who_waits_for_a_window_is_told_why_and_what_would_help(database: Database, city: City) -> None:
    with database.writing() as session:
        visit_id = open_visit(session, city).id
        session.query(TechnicianSkill).delete()

    with database.reading() as session:
        [waiting] = list_unplaced(session, area_id=city.area.id)
        waiting_id = waiting.id
        explanation, names = explain_unplaced(session, visit=waiting, now=LATER)
        said = tell_office(explanation, names=names, language=Language.EN)

    assert waiting_id == visit_id
    assert said[0] == "Nobody can come as things stand."
    assert "skill" in said[1]


def test_who_could_have_a_window_is_told_who_could_come(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = open_visit(session, city)

    with database.reading() as session:
        explanation, names = explain_unplaced(session, visit=session.get_one(Visit, visit.id), now=LATER)

    assert explanation.fixes
    assert set(names.technicians.values()) == {technician.name for technician in city.technicians}
