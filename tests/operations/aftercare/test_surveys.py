"""Reminders, and the digit a customer sends after a visit (H15, F2)."""

import datetime as dt
from itertools import count

import pytest
from sqlalchemy import select

from models import Complaint, CustomerCall, InboundMessage, Message, PolicyVersion, ServiceRequest, SurveyAnswer, Visit
from models.database import Database
from operations.aftercare.low_answers import list_low_answers
from operations.aftercare.surveys import note_score
from operations.fieldwork.visits import arrive, cancel_visit, complete_visit
from operations.hotline.customer_call_plans import plan_customer_calls
from operations.inbox.inbound_messages import take_text
from operations.messages.reminders import remind_customers
from policies.channels import Channel
from policies.complaints import ComplaintState
from policies.message_states import MessageState
from tests.factories.city import HOUSE, City, book_visit, open_visit
from tests.factories.instants import hours, monday
from tests.factories.looking import looking

_sids = (f"SM{number:032x}" for number in count())
TEN = monday(10)


@pytest.fixture
def done(database: Database, city: City) -> Visit:
    """A visit whose customer has been asked how satisfied they are."""
    with database.writing() as session:
        visit = book_visit(session, city, customer=0)
        visit.state = visit.state.DISPATCHED
        arrive(session, visit=visit, house=HOUSE, now=monday(9), actor="technician:T1")
        complete_visit(session, visit=visit, house=HOUSE, now=TEN, actor="technician:T1")
        assert visit.request.contact_phone
        return visit


def text(database: Database, sender: str, body: str, *, after_hours: float = 1) -> InboundMessage:
    with database.writing() as session:
        now = TEN + hours(after_hours)
        return take_text(session, message_sid=next(_sids), from_number=sender, body=body, house=HOUSE, now=now)


def answers(database: Database) -> list[tuple[int, int]]:
    with looking(database) as session:
        return [(answer.visit_id, answer.score) for answer in session.query(SurveyAnswer)]


def complaints(database: Database) -> list[Complaint]:
    with looking(database) as session:
        return session.query(Complaint).all()


def test_the_first_digit_counts_and_is_thanked_for(database: Database, done: Visit) -> None:
    phone = str(done.request.contact_phone)

    understood = [text(database, phone, body).understood_as for body in ("5分", "1")]

    assert understood == ["survey", "survey"]
    assert answers(database) == [(done.id, 5)]
    assert complaints(database) == []
    with looking(database) as session:
        assert session.query(Message).filter_by(template="survey_thanks", to_number=phone).count() == 1


def test_a_low_score_is_a_complaint_with_a_number_and_a_clock(database: Database, done: Visit) -> None:
    phone = str(done.request.contact_phone)

    for _ in range(2):
        text(database, phone, "2")

    (complaint,) = complaints(database)
    assert (complaint.request_id, complaint.channel, complaint.contact_phone) == (done.request_id, Channel.SMS, phone)
    with looking(database) as session:
        assert session.query(Message).filter_by(template="complaint_received", to_number=phone).count() == 1


def test_low_answers_wait_with_what_is_done_about_each_and_those_closed_come_last(
    database: Database, city: City, done: Visit
) -> None:
    other = finish_another(database, city, now=monday(11))
    with database.writing() as session:
        for visit, score, at in ((done, 1, TEN), (other, 2, monday(12))):
            mine = session.get_one(Visit, visit.id)
            note_score(session, visit=mine, score=score, channel=Channel.WEB, contact_phone=None, house=HOUSE, now=at)
        _, newer = session.scalars(select(Complaint).order_by(Complaint.opened_at)).all()
        newer.state = ComplaintState.CLOSED
        session.flush()

        found = list_low_answers(session, now=monday(13), most=9)
        assert [(one.answer.score, one.complaint.state if one.complaint else None) for one in found] == [
            (1, ComplaintState.OPEN),
            (2, ComplaintState.CLOSED),
        ]
        assert [one.request_number for one in found] == [
            session.get_one(ServiceRequest, visit.request_id).number for visit in (done, other)
        ]
        assert list_low_answers(session, now=monday(13) + dt.timedelta(days=90), most=9) == []


@pytest.mark.parametrize(("sender", "after_hours"), [("+8613700000000", 1.0), ("", 24 * 7 + 1.0)])
def test_a_digit_of_somebody_nobody_asked_or_long_after_is_no_score(
    database: Database, done: Visit, sender: str, after_hours: float
) -> None:
    taken = text(database, sender or str(done.request.contact_phone), "1", after_hours=after_hours)

    assert taken.understood_as != "survey"
    assert answers(database) == []


def test_whoever_was_asked_lately_hears_only_that_the_work_is_done_and_may_complain_of_it_still(
    database: Database, city: City, done: Visit
) -> None:
    text(database, str(done.request.contact_phone), "5")
    again = finish_another(database, city, now=TEN + hours(24 * 6))

    templates = last_texts(database, done), last_texts(database, again)
    with database.writing() as session:
        plan_customer_calls(session, now=TEN + hours(24 * 8))
    text(database, str(done.request.contact_phone), "2", after_hours=24 * 8)

    assert templates == (["visit_completed"], ["visit_completed_unasked"])
    assert answers(database) == [(done.id, 5), (again.id, 2)]
    assert [complaint.request_id for complaint in complaints(database)] == [again.request_id]
    with looking(database) as session:
        assert session.query(CustomerCall).count() == 0, "who was not asked is not called for an answer either"
        (report,) = session.query(Message).filter_by(template="visit_completed_unasked")
    assert f"{HOUSE.public_base_url}/v/" in report.body


def test_whoever_was_asked_a_week_ago_is_asked_again(database: Database, city: City, done: Visit) -> None:
    again = finish_another(database, city, now=TEN + hours(24 * 7))

    assert (last_texts(database, done), last_texts(database, again)) == (["visit_completed"], ["visit_completed"])


def test_where_no_share_is_asked_every_visit_is_only_reported(database: Database, city: City) -> None:
    with database.writing() as session:
        session.add(PolicyVersion(in_force_from_at=monday(0), figures={"survey_percent": 0}, approved_by="manager"))

    assert last_texts(database, finish_another(database, city, now=TEN)) == ["visit_completed_unasked"]


def finish_another(database: Database, city: City, *, now: dt.datetime) -> Visit:
    """The first customer of the city reports a fault, and it is mended."""
    with database.writing() as session:
        visit = open_visit(session, city, customer=0, opened_at=now - hours(2))
        visit.state, visit.technician_id = visit.state.DISPATCHED, city.technicians[0].id
        session.flush()
        arrive(session, visit=visit, house=HOUSE, now=now - hours(1), actor="technician:T1")
        complete_visit(session, visit=visit, house=HOUSE, now=now, actor="technician:T1")
        assert visit.request.contact_phone
        return visit


def last_texts(database: Database, visit: Visit) -> list[str]:
    with looking(database) as session:
        rows = session.query(Message).filter(Message.visit_id == visit.id).order_by(Message.id)
        return [one.template for one in rows if one.template.startswith("visit_completed")]


def test_words_after_a_visit_reach_a_person_and_are_no_score(database: Database, done: Visit) -> None:
    taken = text(database, str(done.request.contact_phone), "5分钟后又坏了")

    assert (taken.understood_as, taken.is_waiting, answers(database)) == ("from_customer", True, [])


def test_a_visit_is_reminded_of_once_each_time_and_never_once_it_is_cancelled(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city, customer=0, now=monday(0), choice=-1)
        gone = book_visit(session, city, customer=1, now=monday(0))
        cancel_visit(session, visit=gone, house=HOUSE, now=monday(1), source="desk", actor="clerk")
        assert visit.window_from_at
        due_at = visit.window_from_at - hours(1)

    for _ in range(2):
        with database.writing() as session:
            remind_customers(session, house=HOUSE, now=due_at)

    with looking(database) as session:
        (reminder,) = session.query(Message).filter_by(template="visit_reminder")
    assert (reminder.visit_id, reminder.state) == (visit.id, MessageState.PENDING)
    assert "将于" in reminder.body
