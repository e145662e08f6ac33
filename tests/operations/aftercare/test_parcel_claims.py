"""Claims against couriers: after the customer, with a clock, never more money than was granted (P3, M2)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import ClockTimer, Commitment, Message, ParcelClaim, Receivable, Shipment
from models.database import Database
from operations.aftercare.parcel_claims import (
    CompensationNotDue,
    NothingToClaim,
    ParcelClaimedAlready,
    ParcelNotLost,
    claim_subject,
    compensate_for_parcel,
    grant_claim,
    list_open_claims,
    raise_claim,
    refuse_claim,
    withdraw_claim,
)
from operations.aftercare.shipments import find_customers_step, find_next_step, make_shipment, note_sightings
from operations.clocks.commitments import find_clocks_that_differ
from operations.money.receivables import take_payment
from operations.office.accounting import list_entries
from operations.office.soundness import find_flaws
from operations.reports.key_figures import Side, list_figure_records, read_key_figure
from operations.reports.shape import Stretch
from policies.authority import AuthorityExceeded
from policies.commitments import CommitmentKind, CommitmentState
from policies.parcel_claims import ClaimMoveRefused, ClaimState, GrantImpossible
from policies.receivables import PaymentMethod, PaymentTooLarge, ReceivableKind
from policies.roles import Role
from policies.shipments import NextStep, ShipmentDirection, ShipmentState, Sighting
from tests.factories.city import HOUSE, City, open_visit
from tests.factories.instants import NIGHT, hours

LATER = NIGHT + hours(1)
TIMES = Stretch(NIGHT - hours(24), NIGHT + hours(24 * 60))


def lose(
    session: Session,
    city: City,
    *,
    state: ShipmentState = ShipmentState.LOST,
    direction: ShipmentDirection = ShipmentDirection.FROM_CUSTOMER,
    number: str = "SF1",
) -> Shipment:
    """A parcel of a customer's own machine of which the courier says this."""
    shipment = make_shipment(
        session,
        request=open_visit(session, city).request,
        direction=direction,
        courier="sf",
        contents="投影机",
        by="clerk",
        now=NIGHT,
        tracking_number=number,
    )
    seen = [Sighting(state, NIGHT)]
    note_sightings(session, shipment=shipment, sightings=seen, by="sf", house=HOUSE, now=NIGHT)
    return shipment


def claim_for(
    session: Session, shipment: Shipment, *, insured_cents: int = 200_000, carriage_cents: int = 3_000
) -> ParcelClaim:
    return raise_claim(
        session,
        shipment=shipment,
        value_cents=200_000,
        loss_cents=200_000,
        insured_cents=insured_cents,
        carriage_cents=carriage_cents,
        reference="R-7",
        by="clerk",
        now=LATER,
    )


def pay_for(session: Session, shipment: Shipment, *, role: Role = Role.MANAGER) -> Receivable:
    return compensate_for_parcel(
        session, shipment=shipment, amount_cents=150_000, by="m", role=role, house=HOUSE, now=LATER
    )


def test_a_lost_machine_is_paid_for_once_then_claimed_granted_in_part_and_paid(database: Database, city: City) -> None:
    with database.writing() as session:
        parcel = lose(session, city)
        assert find_next_step(session, shipment=parcel, now=LATER) is NextStep.COMPENSATE
        with pytest.raises(AuthorityExceeded):
            pay_for(session, parcel, role=Role.DISPATCHER)
        owed = pay_for(session, parcel)
        assert (owed.kind, owed.open_cents) == (ReceivableKind.COMPENSATION, -150_000)
        assert [one.template for one in session.scalars(select(Message))] == ["parcel_compensated"]
        with pytest.raises(CompensationNotDue):
            pay_for(session, parcel)
        assert find_next_step(session, shipment=parcel, now=LATER) is NextStep.RECOVER

        claim = claim_for(session, parcel)
        assert (claim.claimed_cents, list_open_claims(session)) == (203_000, [claim])
        assert find_next_step(session, shipment=parcel, now=LATER) is NextStep.AWAIT_COURIER
        assert find_customers_step(session, shipment=parcel, now=LATER) is NextStep.RECOVER
        with pytest.raises(ParcelClaimedAlready, match=claim.number):
            claim_for(session, parcel)
        with pytest.raises(GrantImpossible):
            grant_claim(session, claim=claim, granted_cents=203_001, answer="", by="clerk", now=LATER)
        session.rollback()


def test_what_is_granted_is_owed_by_the_courier_and_given_back_when_the_parcel_turns_up(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        claim = claim_for(session, lose(session, city))
        owed = grant_claim(session, claim=claim, granted_cents=180_000, answer="折旧", by="clerk", now=LATER)
        assert (owed.courier, owed.customer_id, owed.open_cents) == ("sf", None, 180_000)
        take_payment(
            session, receivable=owed, amount_cents=80_000, method=PaymentMethod.TRANSFER, by="clerk", now=LATER
        )
        with pytest.raises(PaymentTooLarge):
            take_payment(
                session, receivable=owed, amount_cents=100_001, method=PaymentMethod.TRANSFER, by="clerk", now=LATER
            )
        with pytest.raises(ClaimMoveRefused):
            refuse_claim(session, claim=claim, answer="no", by="clerk", now=LATER)
        figure = read_key_figure(session, TIMES, name="claims_granted", month_ends=[])
        assert (figure.part, figure.whole, figure.value) == (180_000, 203_000, 88.7)
        for side, cents in ((Side.COUNTED, 180_000), (Side.AGAINST, 203_000)):
            records = list_figure_records(session, TIMES, name="claims_granted", side=side)
            assert [one.value for one in records] == [cents]

        found = [Sighting(ShipmentState.DELIVERED, LATER)]
        note_sightings(session, shipment=claim.shipment, sightings=found, by="sf", house=HOUSE, now=LATER)
        assert list_open_claims(session) == [claim], "somebody gives the money back"
        withdraw_claim(session, claim=claim, reason="找到了", by="clerk", now=LATER)

        owed_cents = session.scalars(
            select(Receivable.amount_cents).where(Receivable.kind == ReceivableKind.COURIER_CLAIM)
        )
        assert sorted(owed_cents) == [-180_000, 180_000]
        assert list_open_claims(session) == []
        assert find_flaws(session, now=LATER) == []
        entries = list(list_entries(session, from_at=TIMES.from_at, until_at=TIMES.until_at))
        assert {entry.customer for entry in entries} == {"sf"}
        assert all(sum(posting.amount_cents for posting in entry.postings) == 0 for entry in entries)
        session.execute(update(Receivable).values(amount_cents=Receivable.amount_cents + 1))
        assert {flaw.rule for flaw in find_flaws(session, now=LATER)} == {
            "a courier owes what it has granted",
            "what is owed is what was not paid",
        }


def test_a_courier_that_does_not_answer_in_time_comes_before_the_desk(database: Database, city: City) -> None:
    with database.writing() as session:
        late, refused = (claim_for(session, lose(session, city, number=number)) for number in ("SF1", "SF2"))
        assert late.due_at == LATER + dt.timedelta(days=30)
        refuse_claim(session, claim=refused, answer="外包装完好", by="clerk", now=LATER + hours(24))

        clocks = {
            one.subject: one.state
            for one in session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.COURIER_CLAIM))
        }
        assert clocks == {claim_subject(late): CommitmentState.RUNNING, claim_subject(refused): CommitmentState.MET}
        timers = session.execute(
            select(ClockTimer.step, ClockTimer.due_at)
            .join(Commitment)
            .where(Commitment.subject == claim_subject(late))
            .order_by(ClockTimer.due_at)
        ).all()
        assert [tuple(one) for one in timers] == [("warn", LATER + dt.timedelta(days=22.5)), ("broken", late.due_at)]
        again = claim_for(session, refused.shipment)
        assert again.state is ClaimState.RAISED, "a refused claim is raised once more"
        differ = find_clocks_that_differ(session, now=LATER + hours(25))
        assert not clocks.keys() & {subject for subject, _ in differ}


def test_nothing_is_claimed_for_what_may_still_come_nor_where_nothing_is_owed(database: Database, city: City) -> None:
    with database.writing() as session:
        on_its_way = lose(session, city, state=ShipmentState.SENT)
        with pytest.raises(ParcelNotLost):
            claim_for(session, on_its_way)
        with pytest.raises(CompensationNotDue):
            pay_for(session, on_its_way)
        ours = lose(session, city, number="SF2", direction=ShipmentDirection.TO_CUSTOMER)
        with pytest.raises(CompensationNotDue):
            pay_for(session, ours)
        with pytest.raises(NothingToClaim):
            claim_for(session, ours, insured_cents=0, carriage_cents=0)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(ClaimState), st.integers(-5, 203_005)), max_size=8))
def test_whatever_is_tried_couriers_owe_what_they_granted_and_no_cent_more(
    database: Database, city: City, steps: list[tuple[ClaimState, int]]
) -> None:
    with database.writing() as session:
        parcel = lose(session, city)
        claim = claim_for(session, parcel)
        for wish, cents in steps:
            try:
                match wish:
                    case ClaimState.RAISED:
                        claim = claim_for(session, parcel)
                    case ClaimState.GRANTED:
                        grant_claim(session, claim=claim, granted_cents=cents, answer="", by="clerk", now=LATER)
                    case ClaimState.REFUSED:
                        refuse_claim(session, claim=claim, answer="no", by="clerk", now=LATER)
                    case ClaimState.WITHDRAWN:
                        withdraw_claim(session, claim=claim, reason="found", by="clerk", now=LATER)
            except (ParcelClaimedAlready, ClaimMoveRefused, GrantImpossible):
                continue
        owed = session.scalars(select(Receivable.amount_cents).where(Receivable.shipment_id == parcel.id)).all()

        granted = claim.granted_cents if claim.state is ClaimState.GRANTED else 0
        assert sum(owed) == granted
        assert 0 <= sum(owed) <= 203_000
        session.rollback()
