"""Decisions about who pays, from rows to rows: found, kept, made again, never overwritten (C2, C3, C6)."""

import datetime as dt

import pytest

from models import Asset, EntitlementDecision, PurchaseProof, ServiceRequest, StatusEvent, WarrantyTerm
from models.database import Database
from operations.foundation.events import find_broken_link
from operations.money.entitlement import (
    RequestWithoutAsset,
    decide_again,
    find_entitlement,
    list_decisions,
    read_facts,
    read_outcome,
    settle_decision,
)
from policies.agreements import AgreementKind, AgreementState
from policies.entitlement import ChargeableCause, ChoiceNotOffered, CoverItem, CoverReason, decide_entitlement
from policies.purchases import ProofKind, SaleKind
from policies.warranty import WarrantyStart
from tests.factories.agreements import make_agreement
from tests.factories.city import City, open_visit
from tests.factories.instants import NIGHT

BOUGHT = dt.date(2026, 3, 3)


def buy(asset: Asset, on: dt.date | None = BOUGHT, *, has_invoice: bool = True) -> None:
    asset.purchased_on, asset.invoiced_on = on, on if has_invoice else None


def test_a_shown_warranty_card_turns_no_proof_into_covered_and_both_decisions_stay(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        assert request.asset is not None
        buy(request.asset, has_invoice=False)
        before = settle_decision(session, request=request, by="clerk", now=NIGHT)
        session.add(
            PurchaseProof(
                asset=request.asset, kind=ProofKind.WARRANTY_CARD, number="8812", dated_on=BOUGHT, seen_at=NIGHT,
                seen_by="technician",
            )
        )  # fmt: skip

        after = decide_again(session, request=request, by="clerk", reason="card shown", now=NIGHT)

        assert read_outcome(before).cover_of(CoverItem.LABOUR).reason is CoverReason.NO_PROOF
        assert read_outcome(after).cover_of(CoverItem.LABOUR).reason is CoverReason.IN_WARRANTY
        assert list_decisions(session, request=request) == [before, after]
        assert find_broken_link(session, subject=f"request:{request.id}") is None
        assert session.query(StatusEvent).filter_by(kind="entitlement_decided").count() == 2


def test_a_decision_is_made_once_and_the_same_comes_out_of_what_was_stored(database: Database, city: City) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        assert request.asset is not None
        buy(request.asset)
        first = settle_decision(session, request=request, by="clerk", now=NIGHT)
        buy(request.asset, dt.date(2010, 1, 1))

        later = settle_decision(session, request=request, by="clerk", now=NIGHT + dt.timedelta(days=900))

        assert later is first
        assert decide_entitlement(read_facts(first)) == read_outcome(first)
        assert session.query(EntitlementDecision).count() == 1


def test_the_day_is_that_of_the_report_where_the_machine_stands(database: Database, city: City) -> None:
    just_after_midnight = dt.datetime(2027, 3, 2, 15, 59, tzinfo=dt.UTC)
    with database.writing() as session:
        asset = session.get_one(Asset, city.assets[0].id)
        buy(asset)

        last_minute = find_entitlement(session, asset=asset, now=just_after_midnight)
        a_minute_later = find_entitlement(session, asset=asset, now=just_after_midnight + dt.timedelta(minutes=1))

        assert last_minute.cover_of(CoverItem.LABOUR).percent == 100
        assert a_minute_later.cover_of(CoverItem.LABOUR).reason is CoverReason.WARRANTY_ENDED


def test_a_persons_choice_between_agreements_is_kept_when_misuse_is_found_out_otherwise(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        assert request.asset is not None
        service = make_agreement(session, request.asset)
        package = make_agreement(session, request.asset, kind=AgreementKind.PACKAGE, labour_percent=50)
        make_agreement(session, request.asset, state=AgreementState.DRAFT)
        offered = read_outcome(settle_decision(session, request=request, by="clerk", now=NIGHT))
        assert offered.choices == (service.lines[0].id, package.lines[0].id)

        chosen = decide_again(
            session, request=request, by="manager", reason="asked the customer", now=NIGHT,
            chosen_line_id=package.lines[0].id,
        )  # fmt: skip
        again = decide_again(session, request=request, by="manager", reason="looked again", now=NIGHT)

        assert read_outcome(chosen).cover_of(CoverItem.LABOUR).percent == 50
        assert read_outcome(again) == read_outcome(chosen)
        with pytest.raises(ChoiceNotOffered):
            decide_again(session, request=request, by="manager", reason="", now=NIGHT, chosen_line_id=999)


def test_misuse_found_on_site_is_charged_and_stays_found(database: Database, city: City) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        assert request.asset is not None
        buy(request.asset)
        causes = {ChargeableCause.MISUSE}

        decide_again(session, request=request, by="technician", reason="water inside", now=NIGHT, causes=causes)
        kept = decide_again(session, request=request, by="clerk", reason="looked again", now=NIGHT)

        assert read_outcome(kept).cover_of(CoverItem.MAIN_PART).reason is CoverReason.CHARGEABLE_CAUSE


def test_a_request_about_no_machine_yet_cannot_be_decided(database: Database, city: City) -> None:
    with database.writing() as session:
        request = open_visit(session, city).request
        request.asset = None

        with pytest.raises(RequestWithoutAsset):
            settle_decision(session, request=request, by="clerk", now=NIGHT)


@pytest.mark.parametrize(
    ("bought_on", "months"), [(dt.date(2025, 12, 31), 12), (dt.date(2026, 1, 1), 24), (dt.date(2026, 7, 1), 18)]
)
def test_the_term_is_the_one_in_force_when_it_was_bought_the_models_own_before_everybodys(
    database: Database, city: City, bought_on: dt.date, months: int
) -> None:
    with database.writing() as session:
        request: ServiceRequest = open_visit(session, city).request
        assert request.asset is not None
        buy(request.asset, bought_on)
        shared = {"sale_kind": SaleKind.RETAIL, "accessory_months": 6, "begins_with": WarrantyStart.PURCHASE}
        for code, product_id, from_on, unit in (
            ("retail", None, dt.date(2026, 1, 1), 24),
            ("model", request.asset.product_id, dt.date(2026, 6, 1), 18),
            ("later", None, dt.date(2026, 6, 2), 36),
        ):
            session.add(
                WarrantyTerm(code=code, product_id=product_id, in_force_from_on=from_on, unit_months=unit, **shared)
            )
        session.flush()

        decision = settle_decision(session, request=request, by="clerk", now=NIGHT)

        assert read_facts(decision).term.unit_months == months


def test_a_clearance_sale_is_charged_from_the_first_day(database: Database, city: City) -> None:
    with database.writing() as session:
        asset = session.get_one(Asset, city.assets[0].id)
        buy(asset)
        asset.sale_kind = SaleKind.CLEARANCE

        found = find_entitlement(session, asset=asset, now=NIGHT)

        assert {cover.reason for cover in found.items} == {CoverReason.CHARGEABLE_CAUSE}
