"""The office notes, closes and repeats a request; who decides by what has changed is asked again (C1, H17)."""

import pytest

from models import Message, ServiceRequest, StatusEvent, Stop, Visit
from models.database import Database
from operations.clocks.commitments import request_subject
from operations.fieldwork.visits import accept_visit, arrive, start_travel
from operations.office.request_changes import (
    NotClosableByHand,
    NoteEmpty,
    NothingToRepeat,
    RequestMovedOn,
    TechnicianOnSite,
    add_note,
    close_by_hand,
    mark_of,
    repeat_by_hand,
)
from policies.request_states import CloseReason, RequestState
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, book_visit
from tests.factories.instants import NIGHT, hours, minutes

LATER = NIGHT + minutes(5)


@pytest.fixture
def visit(database: Database, city: City) -> Visit:
    """A visit booked for the morning."""
    with database.writing() as session:
        return book_visit(session, city)


def mark(database: Database, visit: Visit) -> str:
    with database.reading() as session:
        return mark_of(session, request=session.get_one(ServiceRequest, visit.request_id))


def close(database: Database, visit: Visit, reason: CloseReason = CloseReason.WITHDRAWN, *, seen: str = "") -> None:
    with database.writing() as session:
        request = session.get_one(ServiceRequest, visit.request_id)
        words, at = " bought a new one ", LATER
        close_by_hand(session, request=request, reason=reason, words=words, seen=seen, house=HOUSE, by="Li", now=at)


def go_there(database: Database, visit: Visit, *, until: VisitState) -> None:
    """The technician accepts, drives and arrives, as far as `until`."""
    with database.writing() as session:
        own = session.get_one(Visit, visit.id)
        own.state = VisitState.DISPATCHED
        for step in (accept_visit, start_travel, arrive):
            step(session, visit=own, house=HOUSE, now=LATER, actor="T1")
            if own.state is until:
                return


def test_closing_calls_off_the_visit_frees_its_place_and_keeps_why_where_it_can_be_erased(
    database: Database, visit: Visit
) -> None:
    close(database, visit, seen=mark(database, visit))

    with database.reading() as session:
        request = session.get_one(ServiceRequest, visit.request_id)
        closed = session.query(StatusEvent).filter_by(kind="request_closed").one()
        assert (request.state, request.close_reason) == (RequestState.CLOSED, CloseReason.WITHDRAWN)
        assert session.get_one(Visit, visit.id).state is VisitState.CANCELLED
        assert session.query(Stop).count() == 0
        assert (closed.actor, closed.facts, closed.personal) == (
            "Li",
            {"reason": "withdrawn"},
            {"reason": "bought a new one"},
        )
        assert session.query(Message).filter_by(template="visit_cancelled").count() == 1


def test_who_decides_by_what_has_changed_meanwhile_is_refused_and_nothing_is_written(
    database: Database, visit: Visit
) -> None:
    seen = mark(database, visit)
    go_there(database, visit, until=VisitState.EN_ROUTE)

    with pytest.raises(RequestMovedOn):
        close(database, visit, seen=seen)

    with database.reading() as session:
        assert session.get_one(ServiceRequest, visit.request_id).state is RequestState.BOOKED
        assert session.query(StatusEvent).filter_by(kind="request_closed").count() == 0
    close(database, visit, seen=mark(database, visit))  # knowing of it one may


def test_an_accepted_visit_or_a_message_is_no_reason_to_ask_again(database: Database, visit: Visit) -> None:
    seen = mark(database, visit)
    go_there(database, visit, until=VisitState.ACKNOWLEDGED)

    assert mark(database, visit) == seen


def test_a_request_is_closed_once(database: Database, visit: Visit) -> None:
    seen = mark(database, visit)
    close(database, visit, seen=seen)

    with pytest.raises(RequestMovedOn):
        close(database, visit, CloseReason.SOLVED, seen=seen)


def test_nobody_closes_a_request_while_its_technician_is_on_site(database: Database, visit: Visit) -> None:
    go_there(database, visit, until=VisitState.ON_SITE)

    with pytest.raises(TechnicianOnSite):
        close(database, visit)


@pytest.mark.parametrize("reason", [CloseReason.EXCHANGED, CloseReason.REFUNDED, CloseReason.HANDED_OVER])
def test_what_follows_from_something_else_is_given_by_nobody(
    reason: CloseReason, database: Database, visit: Visit
) -> None:
    with pytest.raises(NotClosableByHand):
        close(database, visit, reason)


def test_a_note_stands_in_the_record_and_before_the_technician_if_it_is_for_them(
    database: Database, visit: Visit
) -> None:
    with database.writing() as session:
        request = session.get_one(ServiceRequest, visit.request_id)
        add_note(session, request=request, words="owes us a form", is_for_technician=False, by="Li", now=LATER)
        add_note(session, request=request, words=" gate code 17 ", is_for_technician=True, by="Li", now=LATER)
        with pytest.raises(NoteEmpty):
            add_note(session, request=request, words=" \n", is_for_technician=True, by="Li", now=LATER)

    with database.reading() as session:
        notes = session.query(StatusEvent).filter_by(kind="note_added", subject=request_subject(visit.request_id)).all()
        assert [note.personal for note in notes] == [{"note": "owes us a form"}, {"note": "gate code 17"}]
        assert session.get_one(ServiceRequest, visit.request_id).note == "gate code 17"


def test_the_second_repair_is_opened_once_and_only_for_what_was_called_solved(database: Database, visit: Visit) -> None:
    with database.writing() as session:
        first = session.get_one(ServiceRequest, visit.request_id)
        with pytest.raises(NothingToRepeat):
            repeat_by_hand(session, request=first, by="Li", now=LATER)
    close(database, visit, CloseReason.SOLVED_BY_PHONE)

    numbers = set()
    for later in (hours(1), hours(2)):
        with database.writing() as session:
            first = session.get_one(ServiceRequest, visit.request_id)
            second = repeat_by_hand(session, request=first, by="Li", now=LATER + later)
            assert (second.repeat_of_id, second.state, second.answered_by) == (first.id, RequestState.OPEN, "Li")
            numbers.add(second.number)

    assert len(numbers) == 1
