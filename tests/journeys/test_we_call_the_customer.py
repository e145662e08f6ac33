"""We call the customer: how the visit was, what a text could not tell, and never more than is welcome (H15, F2)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from jobs.call_customers import call_customers
from models import (
    Call,
    Complaint,
    ContactChoice,
    Customer,
    CustomerCall,
    Message,
    ServiceRequest,
    StatusEvent,
    SurveyAnswer,
    Visit,
)
from operations.fieldwork.visits import arrive, complete_visit, start_travel
from outbox.contact import stop_messages
from policies.call_states import CallOutcome
from policies.customer_calls import CustomerCallState
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_states import MessageState
from policies.visit_states import PROMISED, VisitState
from simulator.rest_faults import RestFault
from tests.databases import ON_SQLITE_ALONE
from tests.town import EVENING, Town

IN_BOTH = pytest.mark.parametrize("language", list(Language))
WANG, SCHOOL = "+8613800000001", "+862160000002"
ASKED_AT = EVENING + dt.timedelta(hours=40)
"""The afternoon after the day of the visit."""


def book(town: Town, number: str = WANG) -> None:
    """The customer calls in the evening and takes the first window offered."""
    call = town.phone(number).dial(town.hotline)
    for key in ("1", "1", "1", "2", "2", "1"):
        call.press(key)
    call.hang_up()
    town.tick()


def finish(town: Town, *, after_hours: float = 12.0) -> None:
    """The technician comes the next morning and repairs it."""
    at = EVENING + dt.timedelta(hours=after_hours)
    with town.services.database.writing() as session:
        visit = session.scalars(select(Visit)).one()
        visit.state = VisitState.ACKNOWLEDGED
        house, actor = town.services.house, "technician:T1"
        start_travel(session, visit=visit, house=house, now=at, actor=actor)
        arrive(session, visit=visit, house=house, now=at, actor=actor)
        complete_visit(session, visit=visit, house=house, now=at, actor=actor)


def ask(town: Town) -> None:
    """Let the day after come; only calling customers matters here."""
    town.clock.set(ASKED_AT)
    call_customers(town.services)
    town.tick()


def the_call(town: Town) -> CustomerCall:
    with town.services.database.reading() as session:
        found = session.scalars(select(CustomerCall)).one()
        session.expunge_all()
    return found


def outcomes(town: Town) -> list[CallOutcome | None]:
    with town.services.database.reading() as session:
        return list(session.scalars(select(Call.outcome).where(Call.direction == "outgoing").order_by(Call.id)))


def ask_in(town: Town, language: Language) -> Town:
    """A visit is over, nobody has answered the text, and the telephone of a customer of this language rings."""
    with town.services.database.writing() as session:
        session.scalars(select(Customer).where(Customer.number == "C1")).one().language = language
    book(town)
    finish(town)
    ask(town)
    return town


@pytest.fixture
def asked(town: Town) -> Town:
    """A Mandarin speaker is called."""
    return ask_in(town, Language.ZH)


def test_a_day_after_the_visit_we_ask_whether_it_is_solved_and_how_it_was(asked: Town) -> None:
    call = asked.phone(WANG).pick_up()
    call.hears("回访一下")
    call.hears("光影二号投影机")
    call.press("3")
    call.hears("问题解决了请按1")
    call.press("1")
    call.hears("按1到5")
    call.press("5")
    call.hears("谢谢您的评价")
    asked.wait(1)

    ours = the_call(asked)
    assert (ours.state, ours.answers) == (CustomerCallState.REACHED, {"solved": True, "score": 5})
    assert outcomes(asked) == [CallOutcome.ANSWERED]
    with asked.services.database.reading() as session:
        assert session.scalars(select(SurveyAnswer.score)).all() == [5]
        kinds = session.scalars(select(StatusEvent.kind)).all()
        assert "customer_call_ended" in kinds
        call_of = session.scalars(select(Call).where(Call.direction == "outgoing")).one()
        assert call_of.customer is not None
        assert call_of.customer.number == "C1"


@ON_SQLITE_ALONE
def test_an_english_customer_is_asked_in_english_and_a_low_score_is_a_complaint(town: Town) -> None:
    ask_in(town, Language.EN)

    call = town.phone(WANG).pick_up()
    call.hears("If the fault is solved, press 1")
    call.press("1")
    call.press("7")
    call.hears("5 is best")
    call.press("2")
    call.hears("recorded as a complaint")

    with town.services.database.reading() as session:
        assert session.scalars(select(Complaint)).one().contact_phone == WANG


@ON_SQLITE_ALONE
def test_not_solved_opens_the_second_repair_and_its_window_is_chosen_in_the_same_call(asked: Town) -> None:
    call = asked.phone(WANG).pick_up()
    call.press("2")
    call.hears("已经重新登记")
    call.hears("我们可以在以下时间上门")
    call.press("1")
    call.hears("预约好了")
    call.hang_up()
    asked.tick()

    with asked.services.database.reading() as session:
        first, second = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id)).all()
        assert second.repeat_of_id == first.id
        visit = session.scalars(select(Visit).where(Visit.request_id == second.id)).one()
        assert visit.state in PROMISED


@ON_SQLITE_ALONE
def test_hanging_up_over_the_windows_frees_them(asked: Town) -> None:
    call = asked.phone(WANG).pick_up()
    call.press("2")
    call.hears("我们可以在以下时间上门")
    call.hang_up()
    asked.tick()

    with asked.services.database.reading() as session:
        visit = session.scalars(select(Visit).order_by(Visit.id.desc())).first()
        assert visit is not None
        assert visit.state is VisitState.DRAFT


@ON_SQLITE_ALONE
def test_zero_leads_to_a_person_from_our_own_call(asked: Town) -> None:
    call = asked.phone(WANG).pick_up()
    call.press("0")

    call.hears("请在提示音后留言")
    call.hang_up()


@ON_SQLITE_ALONE
def test_a_machine_hears_who_called_and_where_to_call_and_nothing_else(asked: Town) -> None:
    call = asked.phone(WANG).pick_up(answered_by="machine_end_beep")
    asked.exchange.callbacks.deliver()
    asked.tick()
    call.hears("请回拨0 2 幺，5 0 0 0，")
    while not call.is_over:
        call.stay_silent()
    asked.wait(1)

    ours = the_call(asked)
    assert (ours.state, ours.answered_by) == (CustomerCallState.MESSAGE_LEFT, "machine_end_beep")
    assert outcomes(asked) == [CallOutcome.MESSAGE_LEFT]
    with asked.services.database.reading() as session:
        assert not session.scalars(select(SurveyAnswer)).all()


@ON_SQLITE_ALONE
def test_a_person_taken_for_a_machine_still_has_their_keys(asked: Town) -> None:
    call = asked.phone(WANG).pick_up(answered_by="machine_end_beep")
    asked.exchange.callbacks.deliver()
    asked.tick()

    call.press("1")
    call.press("4")

    assert the_call(asked).answers == {"solved": True, "score": 4}


@ON_SQLITE_ALONE
@IN_BOTH
def test_whoever_hangs_up_is_tried_again_later_three_times_in_all_and_never_at_night(
    town: Town, language: Language
) -> None:
    asked = ask_in(town, language)
    rang: list[dt.datetime] = []
    for _ in range(24 * 4):
        if asked.phone(WANG).ringing:
            rang.append(asked.clock.now() + dt.timedelta(hours=8))
            asked.phone(WANG).ignore()
        asked.clock.set(asked.clock.now() + dt.timedelta(minutes=30))
        call_customers(asked.services)
        asked.tick() if the_call(asked).state is CustomerCallState.CALLING else None

    assert len(rang) == 3
    assert all(9 <= at.hour < 20 for at in rang)
    assert (the_call(asked).state, the_call(asked).reason) == (CustomerCallState.NOT_REACHED, "no_answer")


@ON_SQLITE_ALONE
@IN_BOTH
def test_nine_ends_such_calls_for_good_and_a_text_that_was_stopped_counts_too(town: Town, language: Language) -> None:
    asked = ask_in(town, language)
    call = asked.phone(WANG).pick_up()
    call.press("9")
    call.hears({Language.ZH: "不再打扰您", Language.EN: "no more such calls"}[language])

    with asked.services.database.reading() as session:
        choice = session.scalars(select(ContactChoice)).one()
        assert (choice.channel, choice.address) == (MessageChannel.VOICE, WANG)
        assert choice.stopped_at is not None


@ON_SQLITE_ALONE
def test_whoever_wants_no_texts_gets_no_call_in_their_place(town: Town) -> None:
    book(town)
    finish(town)
    with town.services.database.writing() as session:
        stop_messages(session, channel=MessageChannel.SMS, address=WANG, by="sms", now=town.clock.now())

    ask(town)
    town.wait(1)

    assert town.phone(WANG).ringing is None
    assert (the_call(town).state, the_call(town).reason) == (CustomerCallState.WITHHELD, "opted_out")


@ON_SQLITE_ALONE
def test_whoever_has_answered_the_text_is_not_called(town: Town) -> None:
    book(town)
    finish(town)
    town.tick()
    town.phone(WANG).text("5", to=town.hotline)

    ask(town)

    with town.services.database.reading() as session:
        assert session.scalars(select(CustomerCall)).all() == []


@ON_SQLITE_ALONE
def test_a_landline_hears_by_telephone_what_it_cannot_read_and_can_change_the_time(town: Town) -> None:
    town.phone(SCHOOL).does_not_exist()
    book(town, SCHOOL)
    with town.services.database.writing() as session:
        visit = session.scalars(select(Visit)).one()
        visit.state = VisitState.ACKNOWLEDGED
        start_travel(session, visit=visit, house=town.services.house, now=town.clock.now(), actor="technician:T4")
    town.tick()
    town.exchange.callbacks.deliver()
    town.wait(1)

    call = town.phone(SCHOOL).pick_up()
    call.hears("有您的通知")
    call.hears("已经出发，预计")
    call.press("2")
    call.hears("取消上门")
    call.hang_up()
    town.wait(1)

    assert town.phone(SCHOOL).ringing is None
    with town.services.database.reading() as session:
        text = session.scalars(select(Message).where(Message.template == "technician_on_the_way")).one()
        assert (text.state, text.settled_by) == (MessageState.FAILED, f"call:{the_call(town).id}")


@ON_SQLITE_ALONE
def test_a_call_whose_end_nobody_told_us_is_tried_again(asked: Town) -> None:
    asked.exchange.outgoing.clear()
    asked.wait(16)

    ours = the_call(asked)
    assert (ours.state, ours.reason) == (CustomerCallState.PLANNED, "no_answer")


@ON_SQLITE_ALONE
def test_with_twilio_down_the_call_waits_in_the_outbox_and_rings_once(town: Town) -> None:
    book(town)
    finish(town)
    town.exchange.rest_faults += [RestFault.UNAVAILABLE] * 2
    ask(town)
    assert town.phone(WANG).ringing is None

    town.exchange.rest_faults.clear()
    town.wait(2)

    town.phone(WANG).pick_up().hears("回访一下")
    assert the_call(town).attempts == 1
