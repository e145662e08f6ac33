"""服务单结算明细: each settlement booked, what it came to, what was covered and what was charged (R, M1)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, func, select
from sqlalchemy.orm import Session

from models import Customer, ServiceRequest, Settlement, SettlementLine
from operations.reports.records import list_requests
from operations.reports.shape import Column, Name, Record, Report, ReportRow, Stretch, Unit, within


def _read(session: Session, stretch: Stretch) -> list[ReportRow]:
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
        .where(within(Settlement.settled_at, stretch))
        .group_by(Settlement.id, Settlement.receipt_number, ServiceRequest.number, Customer.name, Customer.name_en)
        .order_by(Settlement.id)
    )
    return [
        ReportRow(
            str(id_),
            (Name(receipt or ""), Name(number), Name(name or "", name_en), int(total), int(waived), int(owed)),
        )
        for id_, receipt, number, name, name_en, total, waived, owed in rows
    ]


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
)
