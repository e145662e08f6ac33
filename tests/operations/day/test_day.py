"""The read model of a day (D9): only this area's, only this day's, and requests nobody could place."""

import datetime as dt

import pytest

from models import ServiceRequest, Visit
from models.database import Database
from operations.day.day import find_area, list_open_requests, read_day
from operations.matters.requests import close_request, open_request
from policies.channels import Channel
from policies.languages import Language
from policies.request_states import CloseReason
from policies.visit_states import VisitState
from tests.factories.city import City, book_visit, make_city, open_visit
from tests.factories.instants import MIDNIGHT, NIGHT, hours, monday

TUESDAY = MIDNIGHT + hours(24)


@pytest.fixture(autouse=True)
def _elsewhere(database: Database, city: City) -> None:
    """Another city with a visit and an open request of its own, which must not show in ours."""
    assert city.area.id
    with database.writing() as session:
        other = make_city(session)
        book_visit(session, other)
        open_visit(session, other, customer=1)


def test_a_day_holds_the_visits_and_shifts_of_its_area_and_date(database: Database, city: City) -> None:
    with database.writing() as session:
        booked = book_visit(session, city).id

    with database.reading() as session:
        area = find_area(session, code=city.area.code)
        assert area is not None
        monday_ = read_day(session, area=area, from_at=MIDNIGHT, until_at=TUESDAY)
        sunday = read_day(session, area=area, from_at=MIDNIGHT - hours(24), until_at=MIDNIGHT)
        found = [stop.visit_id for stop in monday_.stops]
        technicians = {technician.id for technician in monday_.technicians}
        worked = {shift.starts_at for shift in monday_.shifts}

    assert found == [booked]
    assert technicians == {technician.id for technician in city.technicians}
    assert worked == {monday(8.5)}
    assert (list(sunday.stops), list(sunday.shifts)) == ([], [])


@pytest.mark.parametrize("state", [VisitState.COMPLETED, VisitState.INCOMPLETE, VisitState.NO_ACCESS])
def test_a_visit_that_has_ended_stays_on_its_day(state: VisitState, database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        visit.state, visit.arrived_at, visit.completed_at = state, monday(9), monday(10)
        visit.technician_id = city.technicians[0].id

    with database.reading() as session:
        area = find_area(session, code=city.area.code)
        assert area is not None
        on_monday = read_day(session, area=area, from_at=MIDNIGHT, until_at=TUESDAY).ended_visits
        on_tuesday = read_day(session, area=area, from_at=TUESDAY, until_at=TUESDAY + hours(24)).ended_visits

        assert [ended.state for ended in on_monday] == [state]
        assert list(on_tuesday) == []


def test_the_first_area_is_shown_when_none_is_named_and_an_unknown_one_is_none(database: Database) -> None:
    with database.reading() as session:
        assert find_area(session, code=None) is not None
        assert find_area(session, code="atlantis") is None


def list_numbers(database: Database, city: City) -> list[str]:
    with database.reading() as session:
        return [item.request.number for item in list_open_requests(session, area_id=city.area.id)]


def test_open_requests_come_by_deadline_and_closed_ones_not_at_all(database: Database, city: City) -> None:
    with database.writing() as session:
        later = open_visit(session, city, customer=0, opened_at=NIGHT).request.number
        sooner = open_visit(session, city, customer=1, opened_at=NIGHT - hours(3)).request.number
        closed = open_visit(session, city, customer=2).request
        close_request(
            session, request=closed, reason=CloseReason.WITHDRAWN, now=NIGHT, source="hotline", actor="caller"
        )

    assert list_numbers(database, city) == [sooner, later]


def test_a_request_nobody_could_place_is_shown_to_every_area(database: Database, city: City) -> None:
    with database.writing() as session:
        voicemail = open_request(
            session,
            channel=Channel.VOICEMAIL,
            language=Language.ZH,
            opened_at=NIGHT,
            now=NIGHT,
            answered_by="hotline",
            contact_phone="+8613912345678",
        ).number

    assert voicemail in list_numbers(database, city)


def test_an_open_request_brings_its_deadline_and_its_promised_visit(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        number, visit_id = visit.request.number, visit.id

    with database.reading() as session:
        (item,) = list_open_requests(session, area_id=city.area.id)
        opened_at = session.query(ServiceRequest.opened_at).filter_by(number=number).scalar()
        assert item.deadline_at == opened_at + dt.timedelta(hours=24)
        assert item.visit is session.get(Visit, visit_id)
