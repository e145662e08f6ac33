"""服务单结算明细: each settlement booked, what it came to, what was covered and what was charged (R, M1)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, ColumnElement, func, select
from sqlalchemy.orm import Session

from models import Customer, ServiceRequest, Settlement, SettlementLine
from operations.reports.records import list_requests
from operations.reports.shape import Column, Name, Record, Report, ReportRow, Stretch, Unit, within


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
    return _read_rows(session, within(Settlement.settled_at, stretch))


def _read_first(session: Session, stretch: Stretch, most: int) -> tuple[list[ReportRow], int]:
    """The first that were settled; the lines of no other are added up."""
    settled = within(Settlement.settled_at, stretch)
    count = session.scalar(select(func.count()).select_from(Settlement).where(settled)) or 0
    first = session.scalars(
        select(Settlement.id).where(settled).order_by(Settlement.settled_at, Settlement.id).limit(most)
    ).all()
    return _read_rows(session, Settlement.id.in_(first)), count


def _read_rows(session: Session, condition: ColumnElement[bool]) -> list[ReportRow]:
    gross, covered, charged = (
        func.coalesce(func.sum(column, type_=BigInteger), 0)
        for column in (SettlementLine.gross_cents, SettlementLine.covered_cents, SettlementLine.charged_cents)
    )
    rows = session.execute(
        select(
            Settlement.id,
            Settlement.receipt_number,
            ServiceRequest.number,
            Customer.name,
            Customer.name_en,
            gross,
            covered,
            charged,
        )
        .join(ServiceRequest, ServiceRequest.id == Settlement.request_id)
        .outerjoin(Customer, Customer.id == ServiceRequest.customer_id)
        .outerjoin(SettlementLine, SettlementLine.settlement_id == Settlement.id)
        .where(condition)
        .group_by(Settlement.id, Settlement.receipt_number, ServiceRequest.number, Customer.name, Customer.name_en)
        .order_by(Settlement.settled_at, Settlement.id)
    )
    return [
        ReportRow(
            str(id_),
            (Name(receipt or ""), Name(number), Name(name or "", name_en), int(total), int(waived), int(owed)),
        )
        for id_, receipt, number, name, name_en, total, waived, owed in rows
    ]


def _add_up(session: Session, stretch: Stretch) -> int:
    """What customers were charged, in cents."""
    total = func.coalesce(func.sum(Settlement.total_cents, type_=BigInteger), 0)
    return int(session.scalar(select(total).where(within(Settlement.settled_at, stretch))) or 0)


def _list_records(session: Session, stretch: Stretch, key: str) -> Sequence[Record]:  # noqa: ARG001 (one row, one request)
    of_row = select(Settlement.request_id).where(Settlement.id == int(key))
    return list_requests(session, ServiceRequest.id.in_(of_row))


SETTLEMENT_DETAILS = Report(
    "settlement_details",
    (
        Column("receipt", Unit.TEXT),
        Column("request", Unit.TEXT),
        Column("customer", Unit.TEXT),
        Column("gross", Unit.CENTS),
        Column("covered", Unit.CENTS),
        Column("charged", Unit.CENTS),
    ),
    "charged",
    _read,
    _list_records,
    _read_first,
    _add_up,
)
