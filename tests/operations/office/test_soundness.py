"""What the data must never say, and that each lie is found (DESIGN rules 2 to 8)."""

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from models import Area, Commitment, Customer, Message, SlotHold, StatusEvent, StockLevel, Stop, Technician, Visit
from models.database import Database
from operations.clocks.commitments import call_subject, refresh_commitments, request_subject
from operations.dispatching.offers import offer_windows
from operations.foundation.events import record_event
from operations.money.receivables import owe
from operations.office.soundness import RULES, find_flaws
from operations.planning.plan_events import record_free_at
from policies.commitments import CommitmentState
from policies.message_states import MessageState
from policies.offers import HoldState
from policies.receivables import ReceivableKind
from policies.visit_states import VisitState
from tests.factories.city import City, book_visit, make_city, open_visit
from tests.factories.instants import MIDNIGHT, NIGHT, hours, minutes
from tests.factories.looking import looking
from tests.factories.parts import make_part, make_warehouse, stock_up
from tests.prepared import prepare

Lie = Callable[[Session], object]


@pytest.fixture
def city(database: Database) -> City:
    """A city with two booked visits and a caller who is choosing."""
    return prepare(database, two_booked_and_one_choosing)


def two_booked_and_one_choosing(session: Session) -> City:
    city = make_city(session)
    for customer in range(2):
        book_visit(session, city, customer=customer)
    offer_windows(session, visit=open_visit(session, city, customer=2), now=NIGHT)
    return city


def rules_broken(database: Database, now: dt.datetime = NIGHT) -> set[str]:
    with looking(database) as session:
        return {flaw.rule for flaw in find_flaws(session, now=now)}


@pytest.mark.usefixtures("city")
def test_a_sound_house_has_no_flaw(database: Database) -> None:
    assert rules_broken(database) == set()


def lose_a_stop(session: Session) -> None:
    session.execute(delete(Stop).where(Stop.visit_id.is_not(None)))


def forget_to_free(session: Session) -> None:
    session.query(Visit).filter(Visit.state == VisitState.BOOKED).first().state = VisitState.CANCELLED  # type: ignore[union-attr]


def double_book(session: Session) -> None:
    first, *others = session.query(Stop).order_by(Stop.id).all()
    for other in others:
        other.shift_id, other.planned_start_at, other.planned_end_at = (
            first.shift_id,
            first.planned_start_at,
            first.planned_end_at,
        )


def leave_a_hold(session: Session) -> None:
    for hold in session.scalars(select(SlotHold).where(SlotHold.state == HoldState.HELD)):
        hold.expires_at = NIGHT - minutes(5)


def leave_a_message(session: Session) -> None:
    message = session.scalars(select(Message)).first()
    assert message is not None
    message.state, message.claimed_at = MessageState.CLAIMED, NIGHT - minutes(11)


def lose_the_providers_name(session: Session) -> None:
    message = session.scalars(select(Message)).first()
    assert message is not None
    message.state, message.message_sid = MessageState.SENT, None


def forgive_a_debt(session: Session) -> None:
    debt = owe(
        session,
        customer_id=session.scalars(select(Customer.id)).first() or 0,
        kind=ReceivableKind.SETTLEMENT,
        amount_cents=100,
        currency="CNY",
        now=NIGHT,
    )
    debt.open_cents = 0


def alter_an_event(session: Session) -> None:
    event = session.scalars(select(StatusEvent)).first()
    assert event is not None
    session.execute(text("update status_events set actor = 'somebody else' where id = :id").bindparams(id=event.id))


def claim_a_promise_was_kept(session: Session) -> None:
    clock = session.scalars(select(Commitment)).first()
    assert clock is not None
    clock.state, clock.decided_at = CommitmentState.MET, NIGHT


def arrive_before_setting_out(session: Session) -> None:
    visit = session.scalars(select(Visit).where(Visit.state == VisitState.BOOKED)).first()
    assert visit is not None
    for kind in ("visit_arrived", "visit_on_the_way"):
        record_event(
            session,
            subject=request_subject(visit.request_id),
            kind=kind,
            occurred_at=NIGHT,
            recorded_at=NIGHT,
            source="sms",
            actor="technician:T1",
            facts={"visit": visit.id},
        )


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("lie", "rule"),
    [
        (lose_a_stop, "a promise has a place"),
        (forget_to_free, "a place has a promise"),
        (double_book, "nobody is at two places at once"),
        (leave_a_hold, "a held window ends"),
        (leave_a_message, "a message is not forgotten"),
        (lose_the_providers_name, "a message that went can be looked up"),
        (alter_an_event, "a chain of events is whole"),
        (arrive_before_setting_out, "a visit goes forward"),
        (claim_a_promise_was_kept, "a clock is what its events say"),
        (forgive_a_debt, "what is owed is what was not paid"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_every_lie_is_found(database: Database, lie: Lie, rule: str) -> None:
    with database.writing() as session:
        lie(session)

    assert rule in rules_broken(database)
    assert rule in RULES


def test_a_call_that_was_answered_while_the_time_was_ahead_is_sound_and_a_lie_about_it_is_found(
    database: Database,
) -> None:
    ahead, subject = NIGHT + minutes(60), call_subject("CA" + "1" * 32)
    with database.writing() as session:
        for kind in ("call_received", "call_answered"):
            record_event(
                session,
                subject=subject,
                kind=kind,
                occurred_at=ahead,
                recorded_at=ahead,
                source="hotline",
                actor="hotline",
            )
        refresh_commitments(session, subject=subject, request_id=None, now=ahead)
    after_it_was_put_right = rules_broken(database)
    with database.writing() as session:
        session.scalars(select(Commitment)).one().state = CommitmentState.BROKEN

    assert after_it_was_put_right == set()
    assert rules_broken(database) == {"a clock is what its events say"}


def test_stock_that_comes_from_nowhere_is_found(database: Database, city: City) -> None:
    with database.writing() as session:
        warehouse = make_warehouse(session, session.get_one(Area, city.area.id))
        stock_up(session, warehouse, make_part(session), 3)
        session.flush()
    sound = rules_broken(database)
    with database.writing() as session:
        session.query(StockLevel).one().quantity += 1

    assert sound == set()
    assert rules_broken(database) == {"stock comes from somewhere"}


def test_a_promise_that_no_longer_fits_the_day_waits_for_a_rescue_and_is_nobody_at_two_places(
    database: Database,
) -> None:
    with database.writing() as session:
        city = make_city(session, technicians=1, customers=4)
        for customer in range(3):
            book_visit(session, city, customer=customer)
        technician = session.get_one(Technician, city.technicians[0].id)
        record_free_at(session, technician=technician, free_at=MIDNIGHT + hours(16.5), by="T01", now=NIGHT)
        # A booking of another day writes the plan anew: who is late is late in it, and one visit fits no more.
        book_visit(session, city, customer=3)

    with looking(database) as session:
        first, second, *_ = session.scalars(select(Stop).order_by(Stop.planned_start_at.desc()).offset(1)).all()
        assert first.planned_start_at < second.planned_end_at, "what does not fit stands where it stood"
    assert rules_broken(database) == set()


def test_two_bookings_that_one_day_never_had_room_for_are_two_places_at_once(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, shift_hours=3, duration_minutes=100, overtime_minutes=0, days=1)
        for customer in range(2):
            book_visit(session, city, customer=customer)
        double_book(session)

    assert "nobody is at two places at once" in rules_broken(database)
