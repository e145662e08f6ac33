"""A dispatcher moves a visit: the planner is asked first, who overrides says why, and it can be undone at once."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

import dispatch
from models import Message, PlanMove, Shift, StatusEvent, Stop, TechnicianSkill, Visit
from models.database import Database
from operations.dispatching.move_verdicts import MoveImpossible, MoveVerdict, Wish, judge_move
from operations.dispatching.moves import (
    Consent,
    MoveNotUndoable,
    ReasonMissing,
    ask_about_move,
    carry_out_move,
    find_undoable_move,
    undo_move,
)
from operations.dispatching.pins import VisitNotPinnable, pin_visit
from operations.dispatching.publication import tell_day
from operations.fieldwork.declined_visits import hand_to_another
from operations.fieldwork.visits import accept_visit, start_travel
from operations.planning.live import read_plan
from operations.planning.live_plan import StalePlan
from policies.message_states import MessageState
from policies.visit_locks import VisitLockKind
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, book_visit
from tests.factories.instants import MORNING, NIGHT, hours, minutes
from tests.factories.looking import looking

LATER = NIGHT + minutes(5)


@pytest.fixture
def visit(database: Database, city: City) -> Visit:
    """A visit booked for the morning."""
    with database.writing() as session:
        return book_visit(session, city)


def place(database: Database, visit: Visit) -> tuple[int, dt.datetime]:
    with database.reading() as session:
        stop = session.query(Stop).filter_by(visit_id=visit.id).one()
        return stop.shift_id, stop.planned_start_at


def other_shift(database: Database, city: City, visit: Visit, *, days_later: int = 0) -> Shift:
    """The other technician's shift on the day of the visit, or some days later."""
    with looking(database) as session:
        mine = session.get_one(Shift, place(database, visit)[0])
        wanted = mine.starts_at + dt.timedelta(days=days_later)
        return next(s for s in city.shifts if s.technician_id != mine.technician_id and s.starts_at == wanted)


def ask(database: Database, city: City, wish: Wish, *, now: dt.datetime = LATER) -> MoveVerdict:
    with database.reading() as session:
        return ask_about_move(session, area_id=city.area.id, wish=wish, now=now)


def test_a_verdict_reads_two_technicians_and_says_what_the_whole_plan_would(
    database: Database, city: City, visit: Visit
) -> None:
    with database.writing() as session:
        for customer in range(1, len(city.assets)):
            book_visit(session, city, customer=customer)
    shift = other_shift(database, city, visit)
    at = place(database, visit)[1]

    for start_at in (at, at + hours(2), at + hours(5)):
        wish = Wish(visit.id, shift.id, start_at)
        quick = ask(database, city, wish)
        with database.reading() as session:
            whole = judge_move(read_plan(session, area_id=city.area.id, now=LATER), wish)

        assert replace(quick, plan=whole.plan) == whole
        assert [route.stops for route in quick.plan.routes] == [route.stops for route in whole.plan.routes]


def move(
    database: Database, city: City, wish: Wish, *, reason: str = "", now: dt.datetime = LATER
) -> tuple[MoveVerdict, PlanMove]:
    verdict = ask(database, city, wish, now=now)
    consent = Consent(verdict.before, frozenset(verdict.troubles), reason, "zhou")
    with database.writing() as session:
        return verdict, carry_out_move(session, wish=wish, consent=consent, house=HOUSE, now=now)


def to_other(database: Database, city: City, visit: Visit, **more: int) -> Wish:
    shift = other_shift(database, city, visit, **more)
    return Wish(visit.id, shift.id, place(database, visit)[1] + dt.timedelta(days=more.get("days_later", 0)))


def take_away_skill(session: Session, shift: Shift) -> None:
    session.query(TechnicianSkill).filter_by(technician_id=shift.technician_id).delete()


def test_asking_changes_nothing_and_says_what_it_costs(database: Database, city: City, visit: Visit) -> None:
    before = place(database, visit)

    verdict = ask(database, city, to_other(database, city, visit))

    assert not verdict.needs_reason
    assert verdict.extra_cost_cents != 0
    assert place(database, visit) == before


def test_a_move_changes_hands_and_is_told_after_a_moment(database: Database, city: City, visit: Visit) -> None:
    wish = to_other(database, city, visit)

    _, made = move(database, city, wish)

    assert place(database, visit)[0] == wish.shift_id
    with looking(database) as session:
        text = session.query(Message).filter_by(template="technician_changed").one()
        event = session.query(StatusEvent).filter_by(kind="visit_moved").one()
        assert session.get_one(Visit, visit.id).technician_id == session.get_one(Shift, wish.shift_id).technician_id
    assert text.not_before_at == LATER + minutes(3)
    assert event.actor == "zhou"
    assert event.facts["to_shift"] == made.to_shift_id


def test_a_move_out_of_the_promised_window_takes_a_reason(database: Database, city: City, visit: Visit) -> None:
    wish = to_other(database, city, visit, days_later=1)
    verdict = ask(database, city, wish)
    consent = Consent(verdict.before, frozenset(verdict.troubles), "  ", "zhou")

    with pytest.raises(ReasonMissing), database.writing() as session:
        carry_out_move(session, wish=wish, consent=consent, house=HOUSE, now=LATER)

    assert f"promise:{visit.id}" in verdict.troubles
    assert place(database, visit)[0] == verdict.before.shift_id


def test_with_a_reason_the_customer_gets_the_new_window_and_the_first_stays_on_record(
    database: Database, city: City, visit: Visit
) -> None:
    move(database, city, to_other(database, city, visit, days_later=1), reason="asked for by telephone")

    start_at = place(database, visit)[1]
    with looking(database) as session:
        row = session.get_one(Visit, visit.id)
        text = session.query(Message).filter_by(template="window_moved").one()
        event = session.query(StatusEvent).filter_by(kind="visit_moved").one()
    assert row.window_from_at is not None
    assert row.window_until_at is not None
    assert row.window_from_at <= start_at < row.window_until_at
    assert row.first_window_from_at == visit.window_from_at
    assert text.state is MessageState.PENDING
    assert event.personal == {"reason": "asked for by telephone"}
    assert "reason" not in event.facts


def test_a_technician_without_the_skill_is_sent_only_with_a_reason_and_then_stays(
    database: Database, city: City, visit: Visit
) -> None:
    wish = to_other(database, city, visit)
    with database.writing() as session:
        take_away_skill(session, other_shift(database, city, visit))

    verdict, _ = move(database, city, wish, reason="the expert rides along")

    assert verdict.troubles == ("skill",)
    with database.reading() as session:
        opened = read_plan(session, area_id=city.area.id, now=LATER + minutes(1))
    [route] = [route for route in opened.snapshot.plan.routes if route.stops]
    assert route.shift_id == str(wish.shift_id)
    assert not dispatch.check(opened.snapshot.problem, opened.snapshot.plan)


def test_who_declines_a_visit_that_was_pinned_to_him_is_free_of_it(database: Database, visit: Visit) -> None:
    with database.writing() as session:
        pin_visit(session, visit=session.get_one(Visit, visit.id), kind=VisitLockKind.TECHNICIAN, by="zhou", now=LATER)

    with database.writing() as session:
        assert hand_to_another(session, visit=session.get_one(Visit, visit.id), house=HOUSE, now=LATER)

    with looking(database) as session:
        stop = session.query(Stop).filter_by(visit_id=visit.id).one()
        technician_id = session.get_one(Shift, stop.shift_id).technician_id
    assert stop.lock_kind is None
    assert technician_id != visit.technician_id


def test_exactly_the_wished_start_is_kept_when_it_is_pinned(database: Database, city: City, visit: Visit) -> None:
    shift_id, start_at = place(database, visit)
    assert visit.window_until_at is not None
    wished_at = visit.window_until_at - minutes(10)

    verdict, _ = move(database, city, Wish(visit.id, shift_id, wished_at, VisitLockKind.TIME))

    assert verdict.after.start_at == wished_at != start_at
    with database.writing() as session:
        book_visit(session, city, customer=1, now=LATER + minutes(1))
    assert place(database, visit) == (shift_id, wished_at)


@pytest.mark.parametrize("kind", list(VisitLockKind))
def test_what_is_pinned_the_planner_keeps(kind: VisitLockKind, database: Database, city: City, visit: Visit) -> None:
    with database.writing() as session:
        pin_visit(session, visit=session.get_one(Visit, visit.id), kind=kind, by="zhou", now=LATER)
    with database.reading() as session:
        snapshot = read_plan(session, area_id=city.area.id, now=LATER).snapshot
    elsewhere = next(s.id for s in snapshot.problem.shifts if s.id != snapshot.plan.routes[0].shift_id)

    moved = dispatch.time_routes(snapshot.problem, {elsewhere: [f"visit:{visit.id}"]})
    is_kept = bool(moved.unplaced) or bool(dispatch.check(snapshot.problem, moved))

    assert is_kept == (kind in {VisitLockKind.TECHNICIAN, VisitLockKind.BOTH})
    assert not dispatch.check(snapshot.problem, snapshot.plan)


def test_a_pinned_time_that_has_passed_gives_way_and_nobody_is_lost(
    database: Database, city: City, visit: Visit
) -> None:
    with database.writing() as session:
        pin_visit(session, visit=session.get_one(Visit, visit.id), kind=VisitLockKind.BOTH, by="zhou", now=LATER)

    with database.reading() as session:
        late = place(database, visit)[1] + minutes(30)
        snapshot = read_plan(session, area_id=city.area.id, now=late).snapshot

    assert [stop.visit_id for route in snapshot.plan.routes for stop in route.stops] == [f"visit:{visit.id}"]


def test_a_visit_under_way_can_be_neither_moved_nor_pinned(database: Database, city: City, visit: Visit) -> None:
    wish = to_other(database, city, visit)
    with database.writing() as session:
        tell_day(session, area_id=city.area.id, house=HOUSE, now=MORNING)
        row = session.get_one(Visit, visit.id)
        accept_visit(session, visit=row, house=HOUSE, now=MORNING, actor="technician")
        start_travel(session, visit=row, house=HOUSE, now=MORNING + minutes(60), actor="technician")

    with pytest.raises(MoveImpossible, match="started"):
        ask(database, city, wish, now=MORNING + minutes(61))
    with pytest.raises(VisitNotPinnable), database.writing() as session:
        pin_visit(
            session, visit=session.get_one(Visit, visit.id), kind=VisitLockKind.BOTH, by="zhou", now=MORNING + hours(1)
        )


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (lambda visit, shift: Wish(visit.id, shift.id, NIGHT - hours(1)), "past"),
        (lambda visit, shift: Wish(visit.id, shift.id + 10_000, NIGHT + hours(9)), "no_shift"),
        (lambda visit, shift: Wish(visit.id + 10_000, shift.id, NIGHT + hours(9)), "started"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    wish: object, why: str, database: Database, city: City, visit: Visit
) -> None:
    shift = other_shift(database, city, visit)
    with pytest.raises(MoveImpossible, match=why):
        ask(database, city, wish(visit, shift))  # type: ignore[operator]


def test_of_two_dispatchers_with_the_same_visit_the_second_is_refused(
    database: Database, city: City, visit: Visit
) -> None:
    first = to_other(database, city, visit)
    second = replace(first, shift_id=other_shift(database, city, visit, days_later=1).id)
    seen = ask(database, city, second)
    move(database, city, first)

    consent = Consent(seen.before, frozenset(seen.troubles), "why", "lin")
    with pytest.raises(StalePlan), database.writing() as session:
        carry_out_move(session, wish=second, consent=consent, house=HOUSE, now=LATER)

    assert place(database, visit)[0] == first.shift_id


def test_a_booking_meanwhile_does_not_stop_a_move_that_breaks_no_more_than_was_shown(
    database: Database, city: City, visit: Visit
) -> None:
    wish = to_other(database, city, visit)
    seen = ask(database, city, wish)
    with database.writing() as session:
        book_visit(session, city, customer=2, now=LATER)

    with database.writing() as session:
        consent = Consent(seen.before, frozenset(seen.troubles), "", "zhou")
        carry_out_move(session, wish=wish, consent=consent, house=HOUSE, now=LATER)

    assert place(database, visit)[0] == wish.shift_id


def test_undone_within_minutes_nobody_hears_of_either(database: Database, city: City, visit: Visit) -> None:
    with database.writing() as session:
        tell_day(session, area_id=city.area.id, house=HOUSE, now=MORNING)
        accept_visit(session, visit=session.get_one(Visit, visit.id), house=HOUSE, now=MORNING, actor="technician")
        told = {message.id for message in session.query(Message)}
    before = place(database, visit)
    _, made = move(database, city, to_other(database, city, visit), now=MORNING)

    with database.writing() as session:
        found = find_undoable_move(session, area_id=city.area.id, now=MORNING + minutes(2))
        assert found is not None
        undo_move(session, move=found.move, house=HOUSE, by="zhou", now=MORNING + minutes(2))

    with looking(database) as session:
        row = session.get_one(Visit, visit.id)
        since = [message for message in session.query(Message) if message.id not in told]
    assert found.move.id == made.id
    assert place(database, visit) == before
    assert (row.technician_id, row.state) == (visit.technician_id, VisitState.ACKNOWLEDGED)
    assert since
    assert {message.state for message in since} == {MessageState.EXPIRED}


def test_a_window_moved_and_undone_is_the_promise_again(database: Database, city: City, visit: Visit) -> None:
    _, made = move(database, city, to_other(database, city, visit, days_later=1), reason="by mistake")

    with database.writing() as session:
        undo_move(session, move=session.get_one(PlanMove, made.id), house=HOUSE, by="zhou", now=LATER + minutes(1))

    with looking(database) as session:
        row = session.get_one(Visit, visit.id)
    assert (row.window_from_at, row.window_until_at) == (visit.window_from_at, visit.window_until_at)


@pytest.mark.parametrize("wait", [3, 60])
def test_what_people_were_told_is_not_undone(wait: int, database: Database, city: City, visit: Visit) -> None:
    _, made = move(database, city, to_other(database, city, visit))

    with database.writing() as session:
        assert find_undoable_move(session, area_id=city.area.id, now=LATER + minutes(wait)) is None
    with pytest.raises(MoveNotUndoable), database.writing() as session:
        undo_move(session, move=session.get_one(PlanMove, made.id), house=HOUSE, by="zhou", now=LATER + minutes(wait))


def test_undoing_twice_is_refused(database: Database, city: City, visit: Visit) -> None:
    _, made = move(database, city, to_other(database, city, visit))
    with database.writing() as session:
        undo_move(session, move=session.get_one(PlanMove, made.id), house=HOUSE, by="zhou", now=LATER)

    with pytest.raises(MoveNotUndoable), database.writing() as session:
        undo_move(session, move=session.get_one(PlanMove, made.id), house=HOUSE, by="zhou", now=LATER)
