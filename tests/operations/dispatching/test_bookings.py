import datetime as dt
from collections import Counter
from collections.abc import Callable

import pytest

import dispatch
from models import Message, SlotHold, Stop, Visit
from models.database import Database
from operations.clocks.commitments import request_subject
from operations.dispatching.bookings import WindowLost, commit_hold
from operations.dispatching.offers import offer_windows
from operations.foundation.events import find_broken_link, list_events
from operations.matters.requests import open_request
from operations.planning.live import open_plan
from policies.channels import Channel
from policies.languages import Language
from policies.offers import HoldState
from policies.request_states import RequestState
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, book_visit, make_city, open_visit
from tests.factories.instants import NIGHT, hours, minutes, monday
from tests.factories.looking import looking
from tests.factories.threads import run_together


def offer(database: Database, city: City, *, customer: int = 0, now: dt.datetime = NIGHT) -> list[int]:
    with database.writing() as session:
        visit = open_visit(session, city, customer=customer, opened_at=now)
        return [hold.id for hold in offer_windows(session, visit=visit, now=now).holds]


def commit(database: Database, hold_id: int, *, now: dt.datetime = NIGHT) -> Visit:
    with database.writing() as session:
        hold = session.get_one(SlotHold, hold_id)
        return commit_hold(session, hold=hold, house=HOUSE, now=now, source="hotline", actor="caller")


def messages(database: Database, template: str = "booking_confirmed") -> list[Message]:
    with looking(database) as session:
        return session.query(Message).filter_by(template=template).all()


def hold_states(database: Database, hold_ids: list[int]) -> list[HoldState]:
    with looking(database) as session:
        return [session.get_one(SlotHold, hold_id).state for hold_id in hold_ids]


def faults_of_plan(database: Database, city: City, *, now: dt.datetime = NIGHT) -> tuple[dispatch.Violation, ...]:
    with database.writing() as session:
        opened = open_plan(session, area_id=city.area.id, now=now)
        return tuple(dispatch.check(opened.snapshot.problem, opened.snapshot.plan))


def test_the_chosen_window_becomes_the_promise_and_the_others_are_freed(database: Database, city: City) -> None:
    hold_ids = offer(database, city)

    visit = commit(database, hold_ids[1])

    assert hold_states(database, hold_ids) == [HoldState.FREED, HoldState.COMMITTED, HoldState.FREED]
    with looking(database) as session:
        known, hold = session.get_one(Visit, visit.id), session.get_one(SlotHold, hold_ids[1])
        (stop,) = session.query(Stop)
        request = known.request
        kinds = [event.kind for event in list_events(session, subject=request_subject(request.id))]
        assert find_broken_link(session, subject=request_subject(request.id)) is None
    assert (known.state, request.state) == (VisitState.BOOKED, RequestState.BOOKED)
    assert (known.window_from_at, known.window_until_at) == (hold.window_from_at, hold.window_until_at)
    assert (known.first_window_from_at, known.first_window_until_at) == (hold.window_from_at, hold.window_until_at)
    assert (stop.visit_id, stop.hold_id) == (visit.id, None)
    assert hold.window_from_at <= stop.planned_start_at <= hold.window_until_at
    assert kinds == ["request_opened", "windows_offered", "window_promised"]
    assert faults_of_plan(database, city) == ()


def test_the_confirmation_is_stored_with_the_promise(database: Database, city: City) -> None:
    hold_ids = offer(database, city)
    assert messages(database) == []

    visit = commit(database, hold_ids[0])

    (message,) = messages(database)
    with looking(database) as session:
        known = session.get_one(Visit, visit.id)
        number, technician = known.request.number, known.technician
    assert technician is not None
    assert message.to_number.startswith("+86138")
    assert number in message.body
    assert technician.name in message.body
    assert "11月23日(周一)08:00-10:00" in message.body
    assert "最晚不超过11月23日(周一)22:40" in message.body
    assert HOUSE.hotline_number in message.body
    assert (message.visit_id, message.request_id) == (visit.id, visit.request_id)


def test_who_chose_a_window_after_the_deadline_is_not_told_an_earlier_latest(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session)
        visit = open_visit(session, city, opened_at=NIGHT - hours(60))
        hold = offer_windows(session, visit=visit, now=NIGHT).holds[0]
        commit_hold(session, hold=hold, house=HOUSE, now=NIGHT, source="hotline", actor="caller")

    (message,) = messages(database)
    assert "11月23日(周一)08:00-10:00" in message.body
    assert "10:00" in message.values["deadline"]


def test_committing_twice_changes_nothing(database: Database, city: City) -> None:
    hold_ids = offer(database, city)
    first = commit(database, hold_ids[0])
    with looking(database) as session:
        before = [(event.position, event.hash) for event in list_events(session, subject=request_subject(1))]

    second = commit(database, hold_ids[0], now=NIGHT + minutes(1))

    assert second.id == first.id
    assert len(messages(database)) == 1
    with looking(database) as session:
        after = [(event.position, event.hash) for event in list_events(session, subject=request_subject(1))]
        assert session.query(Stop).count() == 1
    assert after == before


def test_a_second_window_of_a_visit_that_is_promised_already_is_refused(database: Database, city: City) -> None:
    hold_ids = offer(database, city)
    first = commit(database, hold_ids[0])

    with pytest.raises(WindowLost):
        commit(database, hold_ids[2])

    with looking(database) as session:
        known = session.get_one(Visit, first.id)
        assert session.query(Stop).count() == 1
    assert (known.window_from_at, known.state) == (monday(8), VisitState.BOOKED)
    assert len(messages(database)) == 1


def test_a_window_that_ran_out_is_proven_anew(database: Database, city: City) -> None:
    hold_ids = offer(database, city)

    visit = commit(database, hold_ids[0], now=NIGHT + minutes(10))

    assert visit.state is VisitState.BOOKED
    assert hold_states(database, hold_ids) == [HoldState.COMMITTED, HoldState.EXPIRED, HoldState.EXPIRED]
    with looking(database) as session:
        (stop,) = session.query(Stop)
    assert stop.visit_id == visit.id
    assert faults_of_plan(database, city, now=NIGHT + minutes(10)) == ()


def test_a_window_that_ran_out_and_went_to_somebody_else_is_lost(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, days=1, shift_hours=3, duration_minutes=100, overtime_minutes=0)
    (first,) = offer(database, city)
    (second,) = offer(database, city, customer=1, now=NIGHT + minutes(3))
    winner = commit(database, second, now=NIGHT + minutes(4))

    with pytest.raises(WindowLost):
        commit(database, first, now=NIGHT + minutes(5))

    with looking(database) as session:
        assert [stop.visit_id for stop in session.query(Stop)] == [winner.id]
        assert session.get_one(SlotHold, first).offer.visit.state is VisitState.OFFERED
    assert len(messages(database)) == 1


def test_a_window_whose_time_has_come_cannot_be_promised_any_more(database: Database, city: City) -> None:
    hold_ids = offer(database, city)

    with pytest.raises(WindowLost):
        commit(database, hold_ids[0], now=monday(10.5))


def test_every_booking_leaves_a_plan_without_a_fault(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, customers=8)
        promised = [book_visit(session, city, customer=customer, choice=customer % 2) for customer in range(8)]

    assert faults_of_plan(database, city) == ()
    with looking(database) as session:
        for visit in promised:
            stop = session.query(Stop).filter_by(visit_id=visit.id).one()
            known = session.get_one(Visit, visit.id)
            assert known.window_from_at is not None
            assert known.window_until_at is not None
            assert known.window_from_at <= stop.planned_start_at <= known.window_until_at


def test_a_customer_without_a_number_gets_no_message_and_still_a_promise(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = open_visit(session, city)
        visit.request.contact_phone = None
        hold = offer_windows(session, visit=visit, now=NIGHT).holds[0]
        commit_hold(session, hold=hold, house=HOUSE, now=NIGHT, source="hotline", actor="caller")

    assert messages(database) == []
    assert visit.state is VisitState.BOOKED


def last_slot(database: Database) -> City:
    with database.writing() as session:
        return make_city(
            session, technicians=1, days=1, shift_hours=3, duration_minutes=100, overtime_minutes=0, customers=4
        )


def test_of_those_who_race_for_the_last_window_exactly_one_gets_it(database: Database) -> None:
    for _ in range(3):
        city = last_slot(database)
        with database.writing() as session:
            visits = [open_visit(session, city, customer=customer).id for customer in range(4)]

        def call(visit_id: int) -> Callable[[], bool]:
            def choose() -> bool:
                with database.writing() as session:
                    visit = session.get_one(Visit, visit_id)
                    holds = offer_windows(session, visit=visit, now=NIGHT).holds
                if not holds:
                    return False
                commit(database, holds[0].id)
                return True

            return choose

        won = run_together(*[call(visit_id) for visit_id in visits])

        assert Counter(won) == {True: 1, False: 3}
        assert faults_of_plan(database, city) == ()


def test_of_two_who_come_back_to_the_same_lost_window_exactly_one_gets_it(database: Database) -> None:
    for _ in range(3):
        city = last_slot(database)
        (one,) = offer(database, city)
        (other,) = offer(database, city, customer=1, now=NIGHT + minutes(3))
        later = NIGHT + minutes(10)

        def choose(hold_id: int, now: dt.datetime = later) -> Callable[[], str]:
            def chosen() -> str:
                try:
                    commit(database, hold_id, now=now)
                except WindowLost:
                    return "lost"
                return "won"

            return chosen

        assert sorted(run_together(choose(one), choose(other))) == ["lost", "won"]
        assert faults_of_plan(database, city, now=later) == ()


def test_the_same_choice_sent_twice_at_once_is_one_promise(database: Database, city: City) -> None:
    hold_ids = offer(database, city)

    first, second = run_together(*[lambda: commit(database, hold_ids[0]).id] * 2)

    assert first == second
    assert len(messages(database)) == 1


def test_opening_a_request_and_booking_at_the_same_time_do_not_block_each_other(database: Database, city: City) -> None:
    """A call that opens a request and offers windows in one step, while another caller commits."""
    hold_ids = offer(database, city)

    def open_and_offer(customer: int) -> Callable[[], int]:
        def work() -> int:
            with database.writing() as session:
                visit = open_visit(session, city, customer=customer)
                return len(offer_windows(session, visit=visit, now=NIGHT).holds)

        return work

    found = run_together(
        *[open_and_offer(customer) for customer in (1, 2, 3)], lambda: commit(database, hold_ids[0]).id
    )

    assert all(found)


def test_a_request_opened_without_a_phone_or_machine_is_nobodys_visit_yet(database: Database, city: City) -> None:
    with database.writing() as session:
        request = open_request(
            session,
            channel=Channel.VOICEMAIL,
            language=Language.ZH,
            opened_at=NIGHT,
            now=NIGHT,
            answered_by="hotline",
            contact_phone=None,
        )

    assert (request.area_id, request.site_id) == (city.area.id, None)
