"""Parcels are followed, problems put before the desk, parts sent to be fitted meet the clock of a day (P3, D1)."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Commitment, Escalation, Shipment
from models.database import Database
from operations.aftercare.shipments import (
    ParcelNotSentAgain,
    TrackingNumberMissing,
    TrackingNumberTaken,
    find_callers_shipment,
    find_next_step,
    list_open_shipments,
    list_to_ask_about,
    make_shipment,
    mark_late,
    note_sightings,
    send_again,
)
from policies.commitments import CommitmentKind, CommitmentState
from policies.escalations import EscalationReason
from policies.shipments import NextStep, ShipmentDirection, ShipmentState, Sighting
from tests.factories.city import HOUSE, City, open_visit
from tests.factories.instants import NIGHT, hours

DAY = dt.timedelta(days=1)


def send(
    session: Session, city: City, *, number: str | None = "SF1", customer: int = 0, is_for_self_fitting: bool = False
) -> Shipment:
    return make_shipment(
        session,
        request=open_visit(session, city, customer=customer).request,
        direction=ShipmentDirection.TO_CUSTOMER,
        courier="sf",
        contents="灯泡",
        by="clerk",
        now=NIGHT,
        tracking_number=number,
        expected_on=dt.date(2026, 11, 24),
        is_for_self_fitting=is_for_self_fitting,
    )


def hear(session: Session, shipment: Shipment, state: ShipmentState, after: float) -> ShipmentState:
    at = NIGHT + hours(after)
    return note_sightings(session, shipment=shipment, sightings=[Sighting(state, at)], by="sf", house=HOUSE, now=at)


def test_a_parcel_that_is_lost_is_put_before_the_desk_once_and_one_that_comes_is_done(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        lost, fine = send(session, city), send(session, city, number="SF2", customer=1)
        for shipment in (lost, fine):
            hear(session, shipment, ShipmentState.SENT, 1)
        for _ in range(2):
            hear(session, lost, ShipmentState.LOST, 5)
        hear(session, fine, ShipmentState.DELIVERED, 6)

        assert [one.reason for one in session.scalars(select(Escalation))] == [EscalationReason.PARCEL]
        assert [one.id for one in list_open_shipments(session)] == [lost.id]
        assert fine.delivered_at == NIGHT + hours(6)
        assert len(lost.sightings) == 2


def test_a_parcel_is_searched_for_then_sent_again_once_and_then_claimed(database: Database, city: City) -> None:
    with database.writing() as session:
        late = send(session, city, is_for_self_fitting=True)
        hear(session, late, ShipmentState.SENT, 1)
        steps = []
        for days in (4, 7, 10):
            now = NIGHT + days * DAY
            mark_late(session, now=now)
            steps.append(find_next_step(session, shipment=late, now=now))
        assert steps == [NextStep.ASK_COURIER, NextStep.SEARCH, NextStep.SEND_AGAIN]

        other = send_again(session, shipment=late, courier="ems", tracking_number="E1", by="clerk", now=now)
        assert (other.contents, other.direction, other.is_for_self_fitting) == ("灯泡", late.direction, True)
        assert find_next_step(session, shipment=late, now=now) is NextStep.CLAIM
        with pytest.raises(ParcelNotSentAgain):
            send_again(session, shipment=late, courier="ems", tracking_number="E2", by="clerk", now=now)
        with pytest.raises(ParcelNotSentAgain):
            send_again(session, shipment=other, courier="ems", tracking_number="E3", by="clerk", now=now)


def test_what_should_have_come_becomes_delayed_by_the_clock_alone(database: Database, city: City) -> None:
    with database.writing() as session:
        shipment = send(session, city)
        hear(session, shipment, ShipmentState.SENT, 1)

        assert mark_late(session, now=NIGHT + DAY) == 0
        assert [mark_late(session, now=NIGHT + 3 * DAY) for _ in range(2)] == [1, 0]
        assert shipment.state is ShipmentState.DELAYED


def test_a_part_sent_to_be_fitted_by_its_customer_meets_the_clock_of_a_day(database: Database, city: City) -> None:
    with database.writing() as session:
        shipment = send(session, city, is_for_self_fitting=True)
        hear(session, shipment, ShipmentState.SENT, 20)

        clock = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.ON_SITE)).one()
        assert clock.state is CommitmentState.MET


def test_a_number_belongs_to_one_parcel_and_nothing_travels_without_one(database: Database, city: City) -> None:
    with database.writing() as session:
        send(session, city)
        with pytest.raises(TrackingNumberTaken):
            send(session, city, customer=1)
        bare = send(session, city, number=None, customer=2)
        with pytest.raises(TrackingNumberMissing):
            hear(session, bare, ShipmentState.SENT, 1)


def test_couriers_are_asked_about_what_travels_and_not_every_minute(database: Database, city: City) -> None:
    with database.writing() as session:
        shipment, bare = send(session, city), send(session, city, number=None, customer=1)
        assert [one.id for one in list_to_ask_about(session, now=NIGHT)] == [shipment.id]
        hear(session, shipment, ShipmentState.SENT, 1)

        assert list_to_ask_about(session, now=NIGHT + hours(1.2)) == []
        assert [one.id for one in list_to_ask_about(session, now=NIGHT + hours(2))] == [shipment.id]
        assert bare.state is ShipmentState.PREPARED


def test_a_caller_hears_of_their_own_parcel_that_has_not_come(database: Database, city: City) -> None:
    with database.writing() as session:
        old, new = send(session, city), send(session, city, number="SF2")
        other = send(session, city, number="SF3", customer=1)
        hear(session, new, ShipmentState.DELIVERED, 1)
        mine = old.request.customer_id

        found = find_callers_shipment(session, customer_id=mine, phone=None, now=NIGHT)
        by_phone = find_callers_shipment(session, customer_id=None, phone=other.request.contact_phone, now=NIGHT)
        strangers = find_callers_shipment(session, customer_id=None, phone=None, now=NIGHT)
        too_late = find_callers_shipment(session, customer_id=mine, phone=None, now=NIGHT + 40 * DAY)

        assert [one.id if one else None for one in (found, by_phone, strangers, too_late)] == [
            old.id,
            other.id,
            None,
            None,
        ]
