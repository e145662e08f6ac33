import pytest

from models import Call, Message, Recording, ServiceRequest
from models.database import Database
from operations.telephone.calls import open_call
from operations.telephone.voicemails import note_recording_ready, take_voicemail
from policies.channels import Channel
from policies.request_states import RequestState
from tests.factories.city import HOUSE, City, open_visit
from tests.factories.customers import make_customer
from tests.factories.instants import NIGHT, hours, minutes
from tests.factories.looking import looking

SID = "CA" + "1" * 32
HERS = "+8613812345678"


def leave_message(database: Database, *, number: str = HERS, recording_sid: str | None = "RE1") -> ServiceRequest:
    with database.writing() as session:
        call = open_call(session, call_sid=SID, from_number=number, to_number=HOUSE.hotline_number, now=NIGHT)
        return take_voicemail(
            session,
            call=call,
            recording_sid=recording_sid,
            url=None,
            duration_seconds=12,
            house=HOUSE,
            now=NIGHT + minutes(2),
        )


def ready(database: Database, status: str = "completed", *, call_sid: str = SID, sid: str = "RE1") -> bool:
    with database.writing() as session:
        return note_recording_ready(
            session, call_sid=call_sid, recording_sid=sid, url="https://api.example/RE1", duration_seconds=11,
            status=status, now=NIGHT,
        )  # fmt: skip


def recordings(database: Database) -> list[Recording]:
    with looking(database) as session:
        return session.query(Recording).all()


def test_a_message_becomes_a_request_whose_clock_started_with_the_call(database: Database, city: City) -> None:
    with database.writing() as session:
        customer = make_customer(session, phone=HERS)

    request = leave_message(database)

    with looking(database) as session:
        known = session.get_one(ServiceRequest, request.id)
        assert [clock.deadline_at for clock in known.commitments] == [NIGHT + hours(24)]
        assert session.query(Call).one().request_id == request.id
    assert (known.channel, known.state, known.opened_at) == (Channel.VOICEMAIL, RequestState.OPEN, NIGHT)
    assert (known.customer_id, known.contact_phone, known.area_id) == (customer.id, HERS, city.area.id)


def test_the_caller_gets_its_number_by_message(database: Database) -> None:
    request = leave_message(database)

    with looking(database) as session:
        (message,) = session.query(Message)
    assert message.to_number == HERS
    assert request.number in message.body
    assert "30分钟" in message.body


@pytest.mark.parametrize("number", ["anonymous", "+" + "1" * 40, "client:alice", ""])
def test_a_message_from_nobody_is_a_request_nevertheless(database: Database, number: str) -> None:
    request = leave_message(database, number=number)

    assert request.contact_phone is None
    with looking(database) as session:
        assert session.query(Message).count() == 0
        assert session.query(ServiceRequest).count() == 1


def test_a_message_about_a_matter_of_this_call_makes_no_second_request(database: Database, city: City) -> None:
    with database.writing() as session:
        call = open_call(session, call_sid=SID, from_number=HERS, to_number=HOUSE.hotline_number, now=NIGHT)
        call.request_id = open_visit(session, city).request_id

    request = leave_message(database)

    with looking(database) as session:
        assert [one.id for one in session.query(ServiceRequest)] == [request.id]


@pytest.mark.parametrize(("status", "is_ready"), [("completed", True), ("in-progress", False), ("absent", False)])
def test_only_completed_makes_a_recording_ready(database: Database, status: str, *, is_ready: bool) -> None:
    leave_message(database)

    assert ready(database, status)

    (recording,) = recordings(database)
    assert (recording.is_ready, recording.duration_seconds) == (is_ready, 11)


def test_a_ready_recording_stays_ready(database: Database) -> None:
    leave_message(database)

    for status in ("completed", "absent", "completed", "failed"):
        ready(database, status)

    assert [recording.is_ready for recording in recordings(database)] == [True]


def test_a_message_without_a_name_is_matched_with_its_recording_later(database: Database) -> None:
    leave_message(database, recording_sid=None)

    assert ready(database)

    (recording,) = recordings(database)
    assert (recording.recording_sid, recording.url) == ("RE1", "https://api.example/RE1")


def test_a_recording_of_a_call_we_do_not_know_is_not_kept(database: Database) -> None:
    leave_message(database)

    assert not ready(database, call_sid="CA404", sid="RE2")
    assert len(recordings(database)) == 1


def test_a_recording_that_is_not_there_is_not_invented(database: Database) -> None:
    with database.writing() as session:
        open_call(session, call_sid=SID, from_number=HERS, to_number=HOUSE.hotline_number, now=NIGHT)

    ready(database, "absent")

    assert recordings(database) == []
