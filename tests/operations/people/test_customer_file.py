"""Files merged and unmerged without losing a row, machines handed on with their papers (C1)."""

import datetime as dt

import pytest
from sqlalchemy import select

from models import Asset, Call, Complaint, Customer, CustomerPhone, ServiceRequest
from models.database import Database
from operations.money.entitlement import find_entitlement
from operations.people.customer_file import (
    DayImpossible,
    MergeImpossible,
    MergeUndoneAlready,
    ProofImpossible,
    TransferImpossible,
    find_asset_file,
    list_history,
    merge_customers,
    note_proof,
    remember_day,
    search_customers,
    transfer_asset,
    unmerge_customers,
)
from operations.people.customers import find_customers_by_phone
from operations.telephone.calls import open_call
from policies.entitlement import CoverItem, CoverReason
from policies.purchases import ProofKind
from tests.factories.city import City, book_visit, open_visit
from tests.factories.instants import NIGHT


def owners(city: City) -> list[int]:
    return [asset.customer_id for asset in city.assets]


def test_a_merge_moves_every_row_recognises_the_caller_and_undone_gives_each_back(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        kept, merged = (session.get_one(Customer, id_) for id_ in owners(city)[:2])
        request = open_visit(session, city, customer=1).request
        shared = merged.phones[0].number
        session.add(CustomerPhone(customer_id=kept.id, number=shared))
        session.flush()
        open_call(session, call_sid="CA1", from_number=shared, to_number="+1", now=NIGHT)

        merge = merge_customers(session, kept=kept, merged=merged, by="m", now=NIGHT)

        assert session.get_one(ServiceRequest, request.id).customer_id == kept.id
        assert len(session.get_one(Customer, kept.id).assets) == 2
        assert [one.id for one in find_customers_by_phone(session, number=shared)] == [kept.id]
        assert {line.kind for line in list_history(session, customer=kept)} == {"request"}
        with pytest.raises(MergeImpossible):
            merge_customers(session, kept=kept, merged=merged, by="m", now=NIGHT)

        unmerge_customers(session, merge=merge, by="m", now=NIGHT)

        assert session.get_one(ServiceRequest, request.id).customer_id == merged.id
        assert [len(session.get_one(Customer, id_).assets) for id_ in owners(city)[:2]] == [1, 1]
        assert session.scalars(select(Call)).one().customer_id is None
        with pytest.raises(MergeUndoneAlready):
            unmerge_customers(session, merge=merge, by="m", now=NIGHT)


def test_a_customer_is_found_by_any_part_of_what_the_file_says(database: Database, city: City) -> None:
    with database.writing() as session:
        customer = session.get_one(Customer, owners(city)[0])
        customer.name_en = "Wang Xiaoming"
        phone, serial, address = customer.phones[0].number, customer.assets[0].serial, customer.sites[0].address
        session.flush()

        for words in (customer.number, "wang xiao", phone, phone[3:], phone[-6:], serial, serial[1:].lower(), address):
            assert customer in search_customers(session, words=words), words
        assert [search_customers(session, words=words) for words in (" ", "nobody", "%")] == [[], [], []]


def test_a_machine_handed_on_keeps_its_story_and_its_warranty(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        asset = session.get_one(Asset, city.assets[0].id)
        asset.purchased_on = asset.invoiced_on = dt.date(2026, 9, 1)
        other = session.get_one(Customer, owners(city)[1])

        transfer_asset(session, asset=asset, to=other, site=other.sites[0], by="clerk", now=NIGHT)

        file = find_asset_file(session, serial=asset.serial.lower())
        assert file is not None
        assert [one.id for one in file.requests] == [visit.request_id]
        assert [one.to_customer_id for one in file.transfers] == [other.id]
        assert find_entitlement(session, asset=asset, now=NIGHT).is_free
        with pytest.raises(TransferImpossible):
            transfer_asset(session, asset=asset, to=other, site=other.sites[0], by="clerk", now=NIGHT)


def test_a_shown_paper_proves_the_purchase_and_one_of_the_future_does_not(database: Database, city: City) -> None:
    with database.writing() as session:
        asset = session.get_one(Asset, city.assets[0].id)
        paper = {"kind": ProofKind.WARRANTY_CARD, "by": "clerk", "now": NIGHT}
        with pytest.raises(ProofImpossible):
            note_proof(session, asset=asset, number="7", dated_on=dt.date(2027, 1, 1), **paper)  # type: ignore[arg-type]
        with pytest.raises(ProofImpossible):
            note_proof(session, asset=asset, number=" ", dated_on=dt.date(2026, 9, 1), **paper)  # type: ignore[arg-type]

        note_proof(session, asset=asset, number="7", dated_on=dt.date(2026, 9, 1), **paper)  # type: ignore[arg-type]

        cover = find_entitlement(session, asset=asset, now=NIGHT).cover_of(CoverItem.LABOUR)
        assert cover.reason is CoverReason.IN_WARRANTY


@pytest.mark.parametrize(("month", "day", "is_day"), [(2, 29, True), (2, 30, False), (13, 1, False), (4, 31, False)])
def test_only_days_that_exist_in_some_year_are_remembered(
    database: Database, city: City, month: int, day: int, *, is_day: bool
) -> None:
    with database.writing() as session:
        customer = session.get_one(Customer, owners(city)[0])
        if is_day:
            assert remember_day(session, customer=customer, name="birthday", month=month, day=day).day == day
        else:
            with pytest.raises(DayImpossible):
                remember_day(session, customer=customer, name="birthday", month=month, day=day)
        assert session.scalars(select(Complaint)).all() == []
