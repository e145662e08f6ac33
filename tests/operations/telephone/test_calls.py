import datetime as dt
from itertools import permutations

import pytest

from models import Call, Commitment, CustomerPhone, ServiceRequest, SlotHold, Stop, Visit
from models.database import Database
from operations.clocks.commitments import call_subject
from operations.dispatching.bookings import commit_hold
from operations.dispatching.offers import offer_windows
from operations.foundation.events import find_broken_link, list_events
from operations.matters.requests import close_request
from operations.telephone.calls import end_call, log_step, note_answered, open_call, sweep_calls, take_up
from operations.telephone.voicemails import note_recording_ready, take_voicemail
from policies.call_states import CallOutcome, CallState
from policies.commitments import CommitmentKind, CommitmentState
from policies.languages import Language
from policies.offers import HoldState
from policies.request_states import CloseReason
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, open_visit
from tests.factories.customers import make_customer
from tests.factories.instants import NIGHT, minutes, seconds
from tests.factories.looking import looking
from tests.factories.threads import run_together

SID = "CA" + "1" * 32
HERS = "+8613812345678"


def ring(database: Database, *, sid: str = SID, number: str = HERS, now: dt.datetime = NIGHT) -> Call:
    with database.writing() as session:
        return open_call(session, call_sid=sid, from_number=number, to_number=HOUSE.hotline_number, now=now)


def end(database: Database, status: str = "completed", *, sid: str = SID, now: dt.datetime = NIGHT) -> Call:
    with database.writing() as session:
        call = session.query(Call).filter_by(call_sid=sid).one()
        end_call(session, call=call, status=status, now=now)
        return call


def report_fault(database: Database, city: City, *, sid: str = SID) -> Visit:
    """The caller has said what is wrong; a visit is drafted for her request."""
    with database.writing() as session:
        visit = open_visit(session, city)
        session.query(Call).filter_by(call_sid=sid).one().request_id = visit.request_id
        return visit


def offer(database: Database, visit: Visit) -> list[int]:
    with database.writing() as session:
        row = session.get_one(Visit, visit.id)
        return [hold.id for hold in offer_windows(session, visit=row, now=NIGHT).holds]


def choose(database: Database, hold_id: int, *, now: dt.datetime = NIGHT) -> None:
    with database.writing() as session:
        hold = session.get_one(SlotHold, hold_id)
        commit_hold(session, hold=hold, house=HOUSE, now=now, source="hotline", actor="caller")
        call = session.query(Call).one()
        log_step(session, call=call, kind="booked", now=now, facts={"hold": hold_id})


def call_of(database: Database, sid: str = SID) -> Call:
    with looking(database) as session:
        call = session.query(Call).filter_by(call_sid=sid).one()
        assert call.events is not None
        return call


def test_a_known_caller_is_recognised_with_the_language_she_chose_last(database: Database) -> None:
    with database.writing() as session:
        make_customer(session)
        customer = make_customer(session, phone=HERS, language=Language.EN)

    call = ring(database)

    assert (call.customer_id, call.language, call.state) == (customer.id, Language.EN, CallState.IN_PROGRESS)


@pytest.mark.parametrize("number", ["anonymous", "", "+", "sip:someone@" + "very-long-" * 6 + "host", "client:一呼"])
def test_whatever_is_sent_as_a_number_the_call_is_answered(database: Database, number: str) -> None:
    with database.writing() as session:
        make_customer(session, phone=HERS)

    call = ring(database, number=number)

    assert call.customer_id is None
    assert call.language is Language.ZH
    assert call_of(database).from_number == number[:64]


def test_a_number_that_several_share_is_nobodys_until_they_say_who_they_are(database: Database) -> None:
    with database.writing() as session:
        make_customer(session, phone=HERS)
        second = make_customer(session)
        session.add(CustomerPhone(customer_id=second.id, number=HERS))

    assert ring(database).customer_id is None


def test_a_second_webhook_finds_the_call_it_belongs_to(database: Database) -> None:
    assert ring(database).id == ring(database, number="another").id

    with looking(database) as session:
        assert session.query(Call).count() == 1
        assert len(list_events(session, subject=call_subject(SID))) == 1


def test_calls_that_come_at_once_are_told_apart(database: Database) -> None:
    sids = [f"CA{number:032x}" for number in range(4)]

    run_together(*[lambda sid=sid: ring(database, sid=sid).call_sid for sid in sids])

    with looking(database) as session:
        assert {call.call_sid for call in session.query(Call)} == set(sids)


@pytest.mark.parametrize(("after_seconds", "state"), [(1, CommitmentState.MET), (16, CommitmentState.BROKEN)])
def test_the_first_sentence_meets_the_fifteen_second_clock(
    database: Database, after_seconds: float, state: CommitmentState
) -> None:
    ring(database)

    with database.writing() as session:
        call = session.query(Call).one()
        for later in (0, 30):
            note_answered(session, call=call, now=NIGHT + seconds(after_seconds + later))

    with looking(database) as session:
        clock = session.query(Commitment).one()
        assert find_broken_link(session, subject=call_subject(SID)) is None
    assert (clock.kind, clock.state, clock.subject) == (CommitmentKind.ANSWER, state, call_subject(SID))
    assert call_of(database).first_audible_at == NIGHT + seconds(after_seconds)


def test_the_clock_of_a_strangers_call_belongs_to_the_area_of_what_it_was_about(database: Database, city: City) -> None:
    ring(database)
    with database.writing() as session:
        note_answered(session, call=session.query(Call).one(), now=NIGHT)
    visit = report_fault(database, city)
    with database.writing() as session:
        take_up(session.query(Call).one(), session.get_one(ServiceRequest, visit.request_id))

    with looking(database) as session:
        before = session.query(Commitment).filter_by(kind=CommitmentKind.ANSWER).one().area_id
    end(database)

    with looking(database) as session:
        after = session.query(Commitment).filter_by(kind=CommitmentKind.ANSWER).one().area_id
        assert (before, after) == (None, session.get_one(ServiceRequest, visit.request_id).area_id)
    assert after is not None


def test_every_step_is_logged_in_order(database: Database) -> None:
    ring(database)
    for kind in ("said", "keys", "said"):
        with database.writing() as session:
            log_step(session, call=session.query(Call).one(), kind=kind, now=NIGHT + seconds(5), facts={"一": 1})

    call = call_of(database)
    assert [(event.position, event.kind) for event in call.events] == [(0, "said"), (1, "keys"), (2, "said")]
    assert call.last_seen_at == NIGHT + seconds(5)


def test_hanging_up_frees_the_windows_that_were_held(database: Database, city: City) -> None:
    ring(database)
    visit = report_fault(database, city)
    hold_ids = offer(database, visit)

    call = end(database, now=NIGHT + minutes(2))

    assert (call.state, call.outcome) == (CallState.ENDED, CallOutcome.REQUEST_LEFT_OPEN)
    assert call.ended_at == NIGHT + minutes(2)
    with looking(database) as session:
        assert {session.get_one(SlotHold, hold_id).state for hold_id in hold_ids} == {HoldState.FREED}
        assert session.query(Stop).count() == 0
        assert session.get_one(Visit, visit.id).state is VisitState.DRAFT


def test_hanging_up_after_choosing_keeps_the_promise(database: Database, city: City) -> None:
    ring(database)
    visit = report_fault(database, city)
    choose(database, offer(database, visit)[0])

    assert end(database).outcome is CallOutcome.BOOKED
    with looking(database) as session:
        assert session.get_one(Visit, visit.id).state is VisitState.BOOKED
        assert session.query(Stop).count() == 1


def test_hanging_up_does_not_free_what_others_hold(database: Database, city: City) -> None:
    ring(database)
    report_fault(database, city)
    with database.writing() as session:
        other = open_visit(session, city, customer=1)
        holds = offer_windows(session, visit=other, now=NIGHT).holds

    end(database)

    with looking(database) as session:
        assert {session.get_one(SlotHold, hold.id).state for hold in holds} == {HoldState.HELD}


def test_who_hangs_up_at_once_has_abandoned_the_call(database: Database) -> None:
    ring(database)

    assert end(database).outcome is CallOutcome.ABANDONED


def test_who_could_solve_it_has_been_helped_by_phone(database: Database, city: City) -> None:
    ring(database)
    visit = report_fault(database, city)
    with database.writing() as session:
        request = session.get_one(Visit, visit.id).request
        close_request(
            session,
            request=request,
            reason=CloseReason.SOLVED_BY_PHONE,
            now=NIGHT,
            source="hotline",
            actor="caller",
        )

    assert end(database).outcome is CallOutcome.SOLVED_BY_PHONE


STATUSES = ["ringing", "in-progress", "completed"]


def test_a_call_ends_once_in_whatever_order_its_states_are_told(database: Database) -> None:
    orders = [[*order, again] for order in permutations(STATUSES) for again in STATUSES]

    for number, statuses in enumerate(orders):
        sid = f"CA{number}"
        ring(database, sid=sid)
        for second, status in enumerate(statuses):
            end(database, status, sid=sid, now=NIGHT + seconds(second))

        call = call_of(database, sid)
        assert (call.state, call.outcome) == (CallState.ENDED, CallOutcome.ABANDONED)
        assert call.ended_at == NIGHT + seconds(statuses.index("completed"))
        assert [event.kind for event in call.events] == ["ended"]


def test_every_way_a_call_can_end_is_an_end(database: Database) -> None:
    for status in ("busy", "failed", "no-answer", "canceled"):
        ring(database, sid=status)

        assert end(database, status, sid=status).state is CallState.ENDED


def test_an_unknown_status_changes_nothing(database: Database) -> None:
    ring(database)

    assert end(database, "on-holiday").state is CallState.IN_PROGRESS


def test_a_choice_that_arrives_after_the_end_of_the_call_still_counts(database: Database, city: City) -> None:
    """Twilio may tell of the end before the last key: the promise spoken is kept, and the outcome says so."""
    ring(database)
    hold_ids = offer(database, report_fault(database, city))
    end(database)

    choose(database, hold_ids[0], now=NIGHT + seconds(1))

    assert call_of(database).outcome is CallOutcome.BOOKED


def leave_message(database: Database) -> None:
    with database.writing() as session:
        take_voicemail(
            session,
            call=session.query(Call).one(),
            recording_sid="RE1",
            url="https://api.example/RE1",
            duration_seconds=8,
            house=HOUSE,
            now=NIGHT,
        )


@pytest.mark.parametrize("ends_first", [True, False])
def test_a_message_counts_whether_it_or_the_end_arrives_first(database: Database, *, ends_first: bool) -> None:
    ring(database)

    for step in (end, leave_message) if ends_first else (leave_message, end):
        step(database)

    assert call_of(database).outcome is CallOutcome.VOICEMAIL


@pytest.mark.parametrize("ready_first", [True, False])
def test_a_recording_is_ready_whichever_webhook_comes_first(database: Database, *, ready_first: bool) -> None:
    def tell_ready(database: Database) -> None:
        with database.writing() as session:
            assert note_recording_ready(
                session, call_sid=SID, recording_sid="RE1", url=None, duration_seconds=9, status="completed", now=NIGHT
            )

    ring(database)

    for step in (tell_ready, leave_message) if ready_first else (leave_message, tell_ready):
        step(database)

    with looking(database) as session:
        (recording,) = session.query(Call).one().recordings
    assert (recording.recording_sid, recording.is_ready) == ("RE1", True)
    assert (recording.url, recording.duration_seconds) == ("https://api.example/RE1", 9)


def test_a_call_nobody_told_us_the_end_of_is_closed_after_a_long_silence(database: Database, city: City) -> None:
    ring(database)
    offer(database, report_fault(database, city))
    ring(database, sid="CA2", now=NIGHT + minutes(200))

    with database.writing() as session:
        first = sweep_calls(session, silent_since=NIGHT + minutes(1), now=NIGHT + minutes(241))
        again = sweep_calls(session, silent_since=NIGHT + minutes(1), now=NIGHT + minutes(242))

    assert (first, again) == (1, 0)
    assert call_of(database).outcome is CallOutcome.REQUEST_LEFT_OPEN
    assert call_of(database, "CA2").state is CallState.IN_PROGRESS
    with looking(database) as session:
        assert session.query(Stop).count() == 0


def test_a_call_that_goes_on_is_not_swept(database: Database) -> None:
    ring(database)
    with database.writing() as session:
        log_step(session, call=session.query(Call).one(), kind="keys", now=NIGHT + minutes(200), facts={})

    with database.writing() as session:
        assert sweep_calls(session, silent_since=NIGHT + minutes(100), now=NIGHT + minutes(340)) == 0
