"""A technician does not answer: a call, then a dispatcher with somebody else prepared (D10)."""

import datetime as dt

import pytest

from models import Escalation, Message, Technician, ToldStop, Visit
from models.database import Database
from operations.fieldwork.declined_visits import take_from_technician
from operations.fieldwork.unanswered_visits import chase_technicians_of, note_nobody_took_call, take_visits_key
from operations.fieldwork.visits import accept_visit, start_travel
from operations.planning.live_plan import lock_live_plan
from policies.escalations import EscalationReason
from policies.message_channels import MessageChannel
from policies.message_states import MessageState
from policies.visit_states import VisitMoveRefused, VisitState
from tests.factories.city import HOUSE, City
from tests.factories.instants import MORNING, hours, minutes
from tests.factories.looking import looking
from tests.factories.team import make_absence
from tests.factories.told_city import make_told_city
from tests.prepared import prepare

EIGHT = MORNING + hours(1.5)


@pytest.fixture
def city(database: Database) -> City:
    return prepare(database, make_told_city)


def chase(database: Database, city: City, now: dt.datetime) -> int:
    with database.writing() as session:
        return chase_technicians_of(session, area_id=city.area.id, house=HOUSE, now=now)


def calls(database: Database) -> list[Message]:
    with looking(database) as session:
        return session.query(Message).filter_by(channel=MessageChannel.VOICE).order_by(Message.id).all()


def escalations(database: Database) -> list[Escalation]:
    with looking(database) as session:
        return session.query(Escalation).order_by(Escalation.visit_id).all()


def states(database: Database) -> list[VisitState]:
    with looking(database) as session:
        return [visit.state for visit in session.query(Visit).order_by(Visit.id)]


def press(database: Database, call: Message, *, is_accepted: bool) -> str:
    with database.writing() as session:
        message = session.get_one(Message, call.id)
        return take_visits_key(session, message=message, is_accepted=is_accepted, house=HOUSE, now=EIGHT)


def test_whoever_does_not_answer_is_called_once_about_all_that_waits(database: Database, city: City) -> None:
    with database.writing() as session:
        accepted = session.query(Visit).order_by(Visit.id).all()[2]
        accept_visit(session, visit=accepted, house=HOUSE, now=MORNING, actor="technician:T2")

    assert chase(database, city, MORNING + minutes(10)) == 0
    for minute in (0, 1, 3):
        chase(database, city, EIGHT + minutes(minute))

    (call,) = calls(database)
    assert call.to_number == city.technicians[0].phone
    assert "您有两单还没有接" in call.body


def test_a_text_that_was_not_delivered_is_followed_by_a_call_at_once(database: Database, city: City) -> None:
    with database.writing() as session:
        lost = session.query(Message).filter_by(recipient=f"technician:{city.technicians[1].id}").one()
        lost.state = MessageState.UNDELIVERED

    chase(database, city, MORNING + minutes(1))

    assert [call.to_number for call in calls(database)] == [city.technicians[1].phone]


def test_a_key_accepts_all_of_ones_own_visits_and_nobody_elses(database: Database, city: City) -> None:
    chase(database, city, EIGHT)
    (mine, _) = calls(database)

    assert press(database, mine, is_accepted=True) == "visits_accepted"

    assert states(database) == [VisitState.ACKNOWLEDGED, VisitState.ACKNOWLEDGED, VisitState.DISPATCHED]
    assert press(database, mine, is_accepted=True) == "visits_accepted"


def test_silence_puts_each_visit_before_a_dispatcher_with_somebody_else_prepared(
    database: Database, city: City
) -> None:
    chase(database, city, EIGHT)
    with database.writing() as session:
        for call in session.query(Message).filter_by(channel=MessageChannel.VOICE):
            note_nobody_took_call(session, message=call, now=EIGHT + minutes(1))
    chase(database, city, EIGHT + minutes(30))

    found = escalations(database)
    assert [one.reason for one in found] == [EscalationReason.UNANSWERED] * 3
    assert {one.technician_id for one in found[:2]} <= {city.technicians[1].id, None}
    assert any(one.technician_id for one in found)
    assert all((one.technician_id is None) == (one.starts_at is None) for one in found)
    assert states(database) == [VisitState.DISPATCHED] * 3


def test_a_call_that_could_not_even_be_made_leads_to_a_dispatcher_too(database: Database, city: City) -> None:
    chase(database, city, EIGHT)

    chase(database, city, EIGHT + minutes(5))

    assert len(escalations(database)) == 3
    assert len(calls(database)) == 2


def test_a_refusal_by_key_is_a_decline_for_the_dispatcher(database: Database, city: City) -> None:
    chase(database, city, EIGHT)

    assert press(database, calls(database)[1], is_accepted=False) == "visits_declined"

    (declined,) = escalations(database)
    assert declined.reason is EscalationReason.DECLINED


def test_being_told_anew_begins_anew(database: Database, city: City) -> None:
    chase(database, city, EIGHT)
    with database.writing() as session:
        told = session.query(ToldStop).order_by(ToldStop.id).first()
        assert told is not None
        told.told_at, told.called_at, told.escalated_at = EIGHT + minutes(1), None, None

    chase(database, city, EIGHT + minutes(4))
    assert len(calls(database)) == 2
    chase(database, city, EIGHT + minutes(17))
    assert len(calls(database)) == 3


def test_a_dispatcher_gives_the_visit_to_somebody_else_who_can_keep_the_promise(database: Database, city: City) -> None:
    with database.writing() as session:
        lock_live_plan(session, area_id=city.area.id, now=MORNING)
        visit = session.query(Visit).order_by(Visit.id).all()[0]
        window = visit.window_from_at
        assert take_from_technician(session, visit=visit, house=HOUSE, by="dispatcher", now=MORNING)

    with looking(database) as session:
        taken = session.query(Visit).order_by(Visit.id).all()[0]
    assert (taken.technician_id, taken.window_from_at) == (city.technicians[1].id, window)
    assert taken.state is VisitState.DISPATCHED


def test_where_nobody_else_can_the_visit_stays_where_it_is(database: Database, city: City) -> None:
    with database.writing() as session:
        make_absence(session, session.get_one(Technician, city.technicians[1].id), MORNING, MORNING + hours(14))
    with database.writing() as session:
        visit = session.query(Visit).order_by(Visit.id).all()[0]
        assert not take_from_technician(session, visit=visit, house=HOUSE, by="dispatcher", now=MORNING)
        assert (visit.state, visit.technician_id) == (VisitState.DISPATCHED, city.technicians[0].id)


def test_a_visit_that_has_begun_is_not_taken_away(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = session.query(Visit).order_by(Visit.id).all()[0]
        start_travel(session, visit=visit, house=HOUSE, now=EIGHT, actor="technician:T1")
        with pytest.raises(VisitMoveRefused):
            take_from_technician(session, visit=visit, house=HOUSE, by="dispatcher", now=EIGHT)
    assert city.technicians
