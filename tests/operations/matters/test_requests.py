import pytest

from models import Asset, Commitment, FaultCategory, ServiceRequest
from models.database import Database
from operations.clocks.commitments import request_subject
from operations.foundation.events import find_broken_link, list_events
from operations.matters.requests import close_request, open_request
from policies.channels import Channel
from policies.commitments import CommitmentKind, CommitmentState
from policies.languages import Language
from policies.priorities import Severity
from policies.request_numbers import is_request_number
from policies.request_states import CloseReason, RequestMoveRefused, RequestState
from policies.segments import Segment
from tests.factories.catalogue import make_product
from tests.factories.city import City, open_visit
from tests.factories.customers import make_asset, make_customer, make_site
from tests.factories.instants import NIGHT, hours, minutes
from tests.factories.looking import looking
from tests.factories.places import make_area


def test_a_request_takes_place_and_people_from_the_machine(database: Database, city: City) -> None:
    asset = city.assets[0]

    with database.writing() as session:
        request = open_visit(session, city).request

    assert is_request_number(request.number)
    assert (request.customer_id, request.site_id, request.asset_id) == (asset.customer_id, asset.site_id, asset.id)
    assert (request.area_id, request.state) == (city.area.id, RequestState.OPEN)


def test_the_clock_starts_with_the_call_not_when_it_was_written_down(database: Database, city: City) -> None:
    with database.writing() as session:
        asset = session.get_one(Asset, city.assets[0].id)
        request = open_request(
            session,
            channel=Channel.HOTLINE,
            language=Language.ZH,
            opened_at=NIGHT,
            now=NIGHT + minutes(4),
            answered_by="hotline",
            contact_phone="+8613800000001",
            asset=asset,
        )

    with looking(database) as session:
        clock = session.query(Commitment).filter_by(request_id=request.id).one()
        (event,) = list_events(session, subject=request_subject(request.id))
    assert (clock.kind, clock.state) == (CommitmentKind.ON_SITE, CommitmentState.RUNNING)
    assert (clock.started_at, clock.deadline_at) == (NIGHT, NIGHT + hours(24))
    assert (event.kind, event.occurred_at, event.recorded_at) == ("request_opened", NIGHT, NIGHT + minutes(4))
    assert event.facts["number"] == request.number
    assert "+8613800000001" not in str(event.facts)


def test_a_vip_goes_first(database: Database, city: City) -> None:
    with database.writing() as session:
        vip = make_customer(session, segment=Segment.VIP)
        asset = make_asset(session, make_site(session, vip, city.territory), make_product(session))
        fault = session.get_one(FaultCategory, city.fault.id)
        priorities = [
            open_request(
                session,
                channel=Channel.DESK,
                language=Language.ZH,
                opened_at=NIGHT,
                now=NIGHT,
                answered_by="clerk",
                contact_phone=None,
                asset=one,
                fault_category=fault,
                severity=severity,
            ).priority
            for one, severity in (
                (asset, None),
                (session.get_one(Asset, city.assets[0].id), None),
                (session.get_one(Asset, city.assets[0].id), Severity.URGENT),
            )
        ]

    assert priorities == [60, 50, 70]


def open_bare(database: Database) -> ServiceRequest:
    with database.writing() as session:
        return open_request(
            session,
            channel=Channel.VOICEMAIL,
            language=Language.ZH,
            opened_at=NIGHT,
            now=NIGHT,
            answered_by="hotline",
            contact_phone=None,
        )


def test_a_message_without_a_machine_belongs_to_the_only_area_there_is(database: Database, city: City) -> None:
    assert open_bare(database).area_id == city.area.id


def test_with_several_areas_a_clerk_decides_where_a_message_belongs(database: Database, city: City) -> None:
    with database.writing() as session:
        assert make_area(session).id != city.area.id

    assert open_bare(database).area_id is None


def test_closing_keeps_the_reason_and_withdraws_the_clock(database: Database, city: City) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        close_request(
            session,
            request=request,
            reason=CloseReason.SOLVED_BY_PHONE,
            now=NIGHT + minutes(3),
            source="hotline",
            actor="caller",
        )

    with looking(database) as session:
        clock = session.query(Commitment).filter_by(request_id=request.id).one()
        kinds = [event.kind for event in list_events(session, subject=request_subject(request.id))]
        assert find_broken_link(session, subject=request_subject(request.id)) is None
    assert (request.state, request.close_reason) == (RequestState.CLOSED, CloseReason.SOLVED_BY_PHONE)
    assert request.closed_at == NIGHT + minutes(3)
    assert (clock.state, clock.decided_at) == (CommitmentState.WITHDRAWN, NIGHT + minutes(3))
    assert kinds == ["request_opened", "request_closed"]


def test_a_closed_request_cannot_be_closed_again(database: Database, city: City) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        close_request(
            session, request=request, reason=CloseReason.SOLVED, now=NIGHT, source="sms", actor="technician:T1"
        )

    def close_again() -> None:
        with database.writing() as session:
            known = session.get_one(ServiceRequest, request.id)
            close_request(session, request=known, reason=CloseReason.WITHDRAWN, now=NIGHT, source="desk", actor="clerk")

    with pytest.raises(RequestMoveRefused):
        close_again()

    with looking(database) as session:
        assert session.get_one(ServiceRequest, request.id).close_reason is CloseReason.SOLVED
