"""A customer's file in one place: search, history, papers, machines handed on, two files that are one (C1, C9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from models import (
    Agreement,
    Asset,
    AssetTransfer,
    Base,
    Call,
    CallBack,
    Complaint,
    Customer,
    CustomerMerge,
    CustomerPhone,
    FileLikeness,
    Message,
    Payment,
    PurchaseProof,
    Receivable,
    Return,
    ServiceRequest,
    Settlement,
    Site,
    SpecialDate,
    Visit,
)
from operations.foundation.events import record_event
from policies.phone_numbers import read_written_number
from policies.purchases import ProofKind
from policies.segments import Segment

MOST_FOUND = 50
MOST_HISTORY = 300
LEAP_YEAR = 2024


class MergeImpossible(ValueError):
    """A file cannot be merged with itself, nor one that was merged already."""

    field = "merged"


class MergeUndoneAlready(ValueError):
    """The merge has been undone already, or the kept file has itself been merged since."""


class TransferImpossible(ValueError):
    """The machine stays with whom it is: the new owner has no such site, or has it already."""

    field = "site"


class ProofImpossible(ValueError):
    """A paper of the future proves nothing, and one needs a number."""

    field = "dated_on"


class DayImpossible(ValueError):
    """There is no such day in any year."""

    field = "day"


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened, of any kind: `kind` is the thing's word, `number` leads to it."""

    at: dt.datetime
    kind: str
    number: str
    word: str
    amount_cents: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class AssetFile:
    """One serial with its whole story."""

    asset: Asset
    replaces: Sequence[Asset]
    requests: Sequence[ServiceRequest]
    returns: Sequence[Return]
    transfers: Sequence[AssetTransfer]


def search_customers(session: Session, *, words: str) -> Sequence[Customer]:
    """Return customers whose number, name, telephone, address or serial holds these words; none without words.

    Whoever writes a whole telephone number or serial number means that one, and nothing else is looked through.
    """
    if not (like := words.strip()):
        return []
    found: set[int] = set()
    for wanted in _named_exactly(like):
        found |= set(session.scalars(wanted.limit(MOST_FOUND)))
    for wanted in () if found else _searches(like):
        if (room := MOST_FOUND - len(found)) > 0:
            found |= set(session.scalars(wanted.where(Customer.id.not_in(found)).limit(room)))
    rows = select(Customer).where(Customer.id.in_(found)).order_by(Customer.number)
    return session.scalars(rows.options(selectinload(Customer.phones), selectinload(Customer.sites))).all()


def _standing_ids() -> Select[int]:
    return select(Customer.id).where(Customer.merged_into_id.is_(None)).distinct()


def _named_exactly(like: str) -> Iterator[Select[int]]:
    """Yield searches for a whole telephone number and a whole serial number, which an index finds at once."""
    yield _standing_ids().join(Customer.phones).where(CustomerPhone.number == (read_written_number(like) or like))
    yield _standing_ids().join(Customer.assets).where(Asset.serial == like.upper())


def _searches(like: str) -> Iterator[Select[int]]:
    """Yield a search of each table: what an index finds at once comes first, and no table is joined to all others."""
    ids = _standing_ids()
    yield ids.where(Customer.number == like)
    named = (Customer.number, Customer.name)
    yield ids.where(
        or_(Customer.name_en.icontains(like, autoescape=True), *(one.contains(like, autoescape=True) for one in named))
    )
    yield ids.join(Customer.phones).where(CustomerPhone.number.contains(like, autoescape=True))
    yield ids.join(Customer.assets).where(Asset.serial.contains(like.upper(), autoescape=True))
    yield ids.join(Customer.sites).where(Site.address.contains(like, autoescape=True))


def find_customer(session: Session, *, number: str) -> Customer | None:
    """Return the customer of this number with telephones, sites and machines, or None."""
    return session.scalars(
        select(Customer)
        .where(Customer.number == number)
        .options(
            selectinload(Customer.phones),
            selectinload(Customer.sites),
            selectinload(Customer.assets).joinedload(Asset.product),
        )
    ).one_or_none()


def list_history(session: Session, *, customer: Customer, limit: int = MOST_HISTORY) -> list[HistoryLine]:
    """Return everything that happened with a customer, the latest first: calls, requests, visits, messages, money."""
    lines = [
        *_requests(session, customer),
        *_calls(session, customer),
        *_messages(session, customer),
        *_matters(session, customer),
        *_money(session, customer),
    ]
    return sorted(lines, key=lambda line: (line.at, line.kind, line.number), reverse=True)[:limit]


def change_care(
    session: Session, *, customer: Customer, segment: Segment, adviser: str, is_reviewed: bool, today: dt.date
) -> None:
    """Say how a customer is looked after, and by whom; and that somebody has gone through the file."""
    customer.segment, customer.adviser = segment, adviser.strip() or None
    if is_reviewed:
        customer.reviewed_on = today
    session.flush()


def remember_day(session: Session, *, customer: Customer, name: str, month: int, day: int) -> SpecialDate:
    """Remember a day of the year; raises DayImpossible for 30 February and the like, or without a name."""
    try:
        dt.date(LEAP_YEAR, month, day)
    except ValueError as error:
        raise DayImpossible(f"{month}-{day}") from error
    if not name.strip():
        raise DayImpossible(name)
    special = SpecialDate(customer_id=customer.id, name=name.strip(), month=month, day=day)
    session.add(special)
    session.flush()
    return special


def list_days(session: Session, *, customer: Customer) -> Sequence[SpecialDate]:
    """Return the days a customer is remembered on, through the year."""
    query = select(SpecialDate).where(SpecialDate.customer_id == customer.id)
    return session.scalars(query.order_by(SpecialDate.month, SpecialDate.day)).all()


def find_asset_file(session: Session, *, serial: str) -> AssetFile | None:
    """Return one serial's story, or None: what it replaced, its reports, returns and owners."""
    asset = session.scalars(select(Asset).where(Asset.serial == serial.upper())).one_or_none()
    if asset is None:
        return None
    return AssetFile(
        asset=asset,
        replaces=session.scalars(select(Asset).where(Asset.replaced_by_id == asset.id).order_by(Asset.id)).all(),
        requests=session.scalars(
            select(ServiceRequest).where(ServiceRequest.asset_id == asset.id).order_by(ServiceRequest.opened_at.desc())
        ).all(),
        returns=session.scalars(select(Return).where(Return.asset_id == asset.id).order_by(Return.id.desc())).all(),
        transfers=session.scalars(
            select(AssetTransfer).where(AssetTransfer.asset_id == asset.id).order_by(AssetTransfer.id.desc())
        ).all(),
    )


def note_proof(
    session: Session,
    *,
    asset: Asset,
    kind: ProofKind,
    number: str,
    dated_on: dt.date,
    by: str,
    now: dt.datetime,
) -> PurchaseProof:
    """Somebody has seen a paper that proves the purchase (C2); raises ProofImpossible."""
    if dated_on > now.date() + dt.timedelta(days=1) or not number.strip():
        raise ProofImpossible(f"{number} {dated_on}")
    proof = PurchaseProof(
        asset_id=asset.id, kind=kind, number=number.strip()[:60], dated_on=dated_on, seen_at=now, seen_by=by
    )
    session.add(proof)
    session.flush()
    session.refresh(asset, ["proofs"])
    return proof


def transfer_asset(
    session: Session, *, asset: Asset, to: Customer, site: Site, by: str, now: dt.datetime
) -> AssetTransfer:
    """A machine is handed on: its warranty goes with it, its former owner's agreements do not.

    Raises TransferImpossible.
    """
    if site.customer_id != to.id or asset.customer_id == to.id or to.merged_into_id is not None:
        raise TransferImpossible(f"{asset.serial} -> {to.number}")
    transfer = AssetTransfer(
        asset_id=asset.id,
        from_customer_id=asset.customer_id,
        to_customer_id=to.id,
        transferred_at=now,
        transferred_by=by,
    )
    session.add(transfer)
    asset.customer_id, asset.site_id = to.id, site.id
    session.flush()
    session.refresh(asset)
    _record(session, "asset_transferred", subject=f"asset:{asset.id}", by=by, now=now, facts={"to": to.number})
    return transfer


def merge_customers(session: Session, *, kept: Customer, merged: Customer, by: str, now: dt.datetime) -> CustomerMerge:
    """Move everything of one file to the other, and keep what was moved, so that it can be undone.

    A number both have stays where it is. Raises MergeImpossible.
    """
    if kept.id == merged.id or kept.merged_into_id is not None or merged.merged_into_id is not None:
        raise MergeImpossible(f"{merged.number} -> {kept.number}")
    session.flush()
    moved = {f"{table.name}.{column}": ids for table, column, ids in _move(session, merged.id, kept.id)}
    merged.merged_into_id = kept.id
    merge = CustomerMerge(kept_id=kept.id, merged_id=merged.id, merged_at=now, merged_by=by, moved=moved)
    session.add(merge)
    session.flush()
    session.expire_all()
    facts = {"merged": merged.number, "kept": kept.number}
    _record(session, "customers_merged", subject=f"customer:{kept.id}", by=by, now=now, facts=facts)
    return merge


def unmerge_customers(session: Session, *, merge: CustomerMerge, by: str, now: dt.datetime) -> None:
    """Undo a merge: every row that was moved goes back, what came since stays. Raises MergeUndoneAlready."""
    if merge.undone_at is not None or merge.kept.merged_into_id is not None:
        raise MergeUndoneAlready(merge.id)
    tables = {table.name: table for table, _ in _references()}
    for name, ids in merge.moved.items():
        table_name, _, column = name.partition(".")
        table = tables[table_name]
        session.execute(update(table).where(table.c.id.in_(ids)).values({column: merge.merged_id}))
    merge.merged.merged_into_id = None
    merge.undone_at, merge.undone_by = now, by
    session.flush()
    session.expire_all()
    _record(session, "customers_unmerged", subject=f"customer:{merge.kept_id}", by=by, now=now, facts={})


def list_merges(session: Session, *, customer: Customer) -> Sequence[CustomerMerge]:
    """Return the merges a file took part in, the latest first."""
    return session.scalars(
        select(CustomerMerge)
        .where(or_(CustomerMerge.kept_id == customer.id, CustomerMerge.merged_id == customer.id))
        .order_by(CustomerMerge.id.desc())
        .options(joinedload(CustomerMerge.kept), joinedload(CustomerMerge.merged))
    ).all()


def _references() -> list[tuple[Table, str]]:
    """Every column that names a customer, but those that tell what became of files and machines, or look alike."""
    told = {one.__tablename__ for one in (CustomerMerge, AssetTransfer, FileLikeness, Customer)}
    return [
        (table, column.name)
        for table in Base.metadata.sorted_tables
        if table.name not in told
        for column in table.columns
        if any(key.column.table.name == Customer.__tablename__ for key in column.foreign_keys)
    ]


def _move(session: Session, from_id: int, to_id: int) -> Iterable[tuple[Table, str, list[int]]]:
    both = select(CustomerPhone.number).where(CustomerPhone.customer_id == to_id)
    for table, column in _references():
        query = select(table.c.id).where(table.c[column] == from_id)
        if table.name == CustomerPhone.__tablename__:
            query = query.where(table.c.number.not_in(both))
        ids = list(session.scalars(query))
        if ids:
            session.execute(update(table).where(table.c.id.in_(ids)).values({column: to_id}))
            yield table, column, ids


def _requests(session: Session, customer: Customer) -> Iterable[HistoryLine]:
    requests = session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.customer_id == customer.id)
        .order_by(ServiceRequest.id.desc())
        .limit(MOST_HISTORY)
    ).all()
    for one in requests:
        yield HistoryLine(one.opened_at, "request", one.number, f"request_state.{one.state}")
    visits = session.execute(
        select(Visit, ServiceRequest.number)
        .join(Visit.request)
        .where(ServiceRequest.customer_id == customer.id, Visit.arrived_at.is_not(None))
    )
    for visit, number in visits:
        if visit.arrived_at is not None:
            yield HistoryLine(visit.arrived_at, "visit", number, f"visit_state.{visit.state}")


def _calls(session: Session, customer: Customer) -> Iterable[HistoryLine]:
    calls = select(Call).where(Call.customer_id == customer.id).order_by(Call.id.desc()).limit(MOST_HISTORY)
    for call in session.scalars(calls):
        yield HistoryLine(call.started_at, "call", str(call.id), f"outcome.{call.outcome or 'running'}")
    for one in session.scalars(select(CallBack).where(CallBack.customer_id == customer.id)):
        yield HistoryLine(one.promised_at, "call_back", "", f"call_back_reason.{one.reason}")


def _messages(session: Session, customer: Customer) -> Iterable[HistoryLine]:
    own = select(Message).where(Message.recipient == f"customer:{customer.id}").order_by(Message.id.desc())
    for one in session.scalars(own.limit(MOST_HISTORY)):
        yield HistoryLine(one.created_at, "message", "", f"message_state.{one.state}")


def _matters(session: Session, customer: Customer) -> Iterable[HistoryLine]:
    for complaint in session.scalars(select(Complaint).where(Complaint.customer_id == customer.id)):
        yield HistoryLine(complaint.opened_at, "complaint", complaint.number, f"complaint_state.{complaint.state}")
    own = select(Return).join(Return.asset).where(Asset.customer_id == customer.id)
    for one in session.scalars(own):
        yield HistoryLine(one.requested_at, "return", one.number, f"return_state.{one.state}")
    for agreement in session.scalars(select(Agreement).where(Agreement.customer_id == customer.id)):
        if agreement.approved_at is not None:
            word = f"agreement_state.{agreement.state}"
            yield HistoryLine(agreement.approved_at, "agreement", agreement.number, word)


def _money(session: Session, customer: Customer) -> Iterable[HistoryLine]:
    settled = (
        select(Settlement)
        .join(Settlement.request)
        .where(ServiceRequest.customer_id == customer.id, Settlement.settled_at.is_not(None))
    )
    for one in session.scalars(settled.options(joinedload(Settlement.request))):
        if one.settled_at is not None:
            word = f"settlement_state.{one.state}"
            number = one.request.number
            yield HistoryLine(one.settled_at, "settlement", number, word, one.total_cents, one.currency)
    paid = (
        select(Payment, Receivable.currency)
        .join(Receivable, Payment.receivable_id == Receivable.id)
        .where(Receivable.customer_id == customer.id)
    )
    for payment, currency in session.execute(paid):
        word = f"payment_method.{payment.method}"
        yield HistoryLine(payment.paid_at, "payment", "", word, payment.amount_cents, currency)


def _record(session: Session, kind: str, *, subject: str, by: str, now: dt.datetime, facts: dict[str, Any]) -> None:
    record_event(
        session,
        subject=subject,
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="office",
        actor=by,
        facts=facts,
    )
