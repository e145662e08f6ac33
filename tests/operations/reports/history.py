"""A month of random history, and the plain rows a report has to agree with."""

import datetime as dt
import random

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Asset,
    Call,
    Commitment,
    Complaint,
    Expense,
    FaultCategory,
    ParcelClaim,
    Part,
    Receivable,
    ServiceRequest,
    Shipment,
    SurveyAnswer,
    Technician,
    Visit,
    WorkReport,
    WorkReportItem,
)
from operations.matters.visit_counts import count_visits
from operations.parts.stock import MoveCause, end_place, find_van, move_stock, reverse_move
from policies.call_states import CallDirection, CallOutcome, CallState
from policies.channels import Channel
from policies.commitments import CommitmentKind, CommitmentState
from policies.complaints import ComplaintCategory, ComplaintState
from policies.languages import Language
from policies.parcel_claims import ClaimState
from policies.parts import MoveKind, PlaceKind
from policies.priorities import Severity
from policies.receivables import ExpenseKind, ExpenseState, ReceivableKind
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason, RequestState
from policies.shipments import ShipmentDirection, ShipmentState
from policies.visit_states import IncompleteReason, VisitState
from policies.work_reports import ChecklistAnswer, ReportState
from tests.factories.catalogue import make_fault
from tests.factories.city import City, make_city
from tests.factories.parts import make_part, make_van, stock_up

START = dt.datetime(2026, 10, 31, 16, tzinfo=dt.UTC)
"""The first of November in Shanghai."""
END = dt.datetime(2026, 11, 30, 16, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def make_history(session: Session, *, seed: int, requests: int = 70) -> City:
    """Requests, visits, complaints, calls, clocks and parts, half a month before the period to half a month after."""
    draw = random.Random(seed)
    city = make_city(session, customers=6, days=3)
    city_faults = [city.fault, *(make_fault(session, city.skill, position=n) for n in range(2, 5))]
    parts = [make_part(session) for _ in range(3)]
    for technician in city.technicians:
        van = make_van(session, technician)
        for part in parts:
            stock_up(session, van, part, 500)
    made: list[ServiceRequest] = []
    for number in range(requests):
        request = _make_request(session, city, draw, number, city_faults, made)
        made.append(request)
        for _ in range(draw.choice([0, 1, 1, 1, 2])):
            _make_visit(session, city, draw, request, parts)
        if draw.random() < 0.3:
            _make_complaint(session, draw, request, number)
        if draw.random() < 0.3:
            _make_receivable(session, draw, request)
        _make_clock(session, draw, request)
        session.add(_shipment(draw, request))
        _make_call(session, draw, number)
    session.flush()
    apart = random.Random(seed)
    session.add_all(_claim(apart, one) for one in session.scalars(select(Shipment).order_by(Shipment.id).limit(20)))
    session.flush()
    return city


def _moment(draw: random.Random) -> dt.datetime:
    """Some instant of two months, often exactly at an edge of the period."""
    edge = draw.choice([START, END, None, None, None, None])
    return edge or START + dt.timedelta(minutes=draw.randint(-20_000, 60_000))


def _make_request(
    session: Session,
    city: City,
    draw: random.Random,
    number: int,
    faults: list[FaultCategory],
    made: list[ServiceRequest],
) -> ServiceRequest:
    asset = session.get_one(Asset, draw.choice(city.assets).id)
    opened_at = _moment(draw)
    is_closed = draw.random() < 0.8
    repeated = draw.choice(made) if made and draw.random() < 0.2 else None
    request = ServiceRequest(
        number=f"{number:08d}",
        area_id=city.area.id,
        customer_id=asset.customer_id,
        site_id=asset.site_id,
        asset_id=asset.id,
        fault_category_id=draw.choice(faults).id,
        kind=draw.choice([RequestKind.REPAIR, RequestKind.REPAIR, RequestKind.REPAIR, RequestKind.PREVENTIVE]),
        channel=Channel.HOTLINE,
        language=Language.ZH,
        severity=Severity.NORMAL,
        priority=50,
        state=RequestState.CLOSED if is_closed else RequestState.OPEN,
        close_reason=draw.choice([CloseReason.SOLVED, CloseReason.SOLVED, *CloseReason]) if is_closed else None,
        closed_at=opened_at + dt.timedelta(minutes=draw.randint(30, 15_000)) if is_closed else None,
        answered_by="hotline",
        opened_at=opened_at,
        repeat_of_id=repeated.id if repeated else None,
    )
    session.add(request)
    session.flush()
    return request


def _make_visit(session: Session, city: City, draw: random.Random, request: ServiceRequest, parts: list[Part]) -> None:
    from_at = _moment(draw)
    arrived_at = from_at + MINUTE * draw.randint(-30, 200) if draw.random() < 0.8 else None
    technician = draw.choice(city.technicians)
    visit = Visit(
        request_id=request.id,
        area_id=city.area.id,
        technician_id=technician.id,
        code=f"{session.query(Visit).count():04d}",
        state=draw.choice([VisitState.COMPLETED, VisitState.COMPLETED, VisitState.INCOMPLETE, VisitState.CANCELLED]),
        duration_minutes=60,
        window_from_at=from_at,
        window_until_at=from_at + 120 * MINUTE,
        first_window_from_at=from_at - 60 * MINUTE,
        first_window_until_at=from_at + 60 * MINUTE,
        arrived_at=arrived_at,
        completed_at=arrived_at + MINUTE * draw.randint(5, 180) if arrived_at else None,
    )
    if visit.state is VisitState.INCOMPLETE:
        visit.incomplete_reason = draw.choice([IncompleteReason.PART, IncompleteReason.TIME, None])
    session.add(visit)
    count_visits(session, request=request)
    if arrived_at and draw.random() < 0.7:
        # Mostly before he arrives, sometimes the day before.
        visit.set_out_at = arrived_at - MINUTE * draw.choice([-10, 5, 20, 45, 60, 480, 481, 1500])
    if arrived_at and draw.random() < 0.8:
        session.add(_report(draw, visit, technician, arrived_at))
    if draw.random() < 0.4:
        session.add(_expense(draw, visit, technician))
    if draw.random() < 0.5:
        session.add(
            SurveyAnswer(
                visit_id=visit.id,
                request_id=request.id,
                technician_id=technician.id,
                score=draw.randint(1, 5),
                answered_at=_moment(draw),
            )
        )
    for _ in range(draw.choice([0, 1, 2])):
        move = move_stock(
            session,
            kind=draw.choice([MoveKind.USE, MoveKind.SALE]),
            part=draw.choice(parts),
            quantity=draw.randint(1, 3),
            from_place=find_van(session, technician_id=technician.id),
            to_place=end_place(session, PlaceKind.CUSTOMER),
            by="T",
            now=_moment(draw),
            cause=MoveCause(visit_id=visit.id),
        )
        if draw.random() < 0.25:
            reverse_move(session, move=move, by="keeper", now=move.moved_at + MINUTE, note="wrong")


def _report(draw: random.Random, visit: Visit, technician: Technician, at: dt.datetime) -> WorkReport:
    """Three items of the checklist answered; some visits leave one or two of them undone."""
    answers = [draw.choice([ChecklistAnswer.DONE] * 6 + list(ChecklistAnswer)) for _ in range(3)]
    return WorkReport(
        visit_id=visit.id,
        technician_id=technician.id,
        state=ReportState.APPROVED,
        sections={},
        items=[
            WorkReportItem(code=f"item-{number}", answer=answer, answered_at=at)
            for number, answer in enumerate(answers)
        ],
    )


def _expense(draw: random.Random, visit: Visit, technician: Technician) -> Expense:
    state = draw.choice(list(ExpenseState))
    claimed_at = _moment(draw)
    return Expense(
        technician_id=technician.id,
        visit_id=draw.choice([visit.id, None]),
        kind=ExpenseKind.FUEL,
        state=state,
        currency="CNY",
        amount_cents=draw.randint(100, 50_000),
        spent_on=claimed_at.date(),
        note="",
        claimed_at=claimed_at,
        decided_at=None if state is ExpenseState.CLAIMED else claimed_at,
    )


def _make_receivable(session: Session, draw: random.Random, request: ServiceRequest) -> None:
    cents = draw.randint(-90_000, 20_000)
    made_at = _moment(draw)
    session.add(
        Receivable(
            customer_id=request.customer_id,
            kind=draw.choice(list(ReceivableKind)),
            request_id=request.id,
            currency="CNY",
            amount_cents=cents,
            open_cents=cents,
            due_on=made_at.date(),
            made_at=made_at,
        )
    )


def _shipment(draw: random.Random, request: ServiceRequest) -> Shipment:
    """Some come in the first or last hour of the day they are expected on where the customer is, in Shanghai."""
    delivered_at = draw.choice([_moment(draw), _moment(draw).replace(hour=draw.choice([15, 16]), minute=30), None])
    day = (delivered_at or START).date() + dt.timedelta(days=draw.choice([-1, 0, 0, 1]))
    return Shipment(
        request_id=request.id,
        direction=draw.choice([ShipmentDirection.TO_CUSTOMER] * 3 + [ShipmentDirection.FROM_CUSTOMER]),
        state=ShipmentState.DELIVERED if delivered_at else ShipmentState.PREPARED,
        courier="manual",
        contents="lamp",
        expected_on=draw.choice([day, day, None]),
        is_for_self_fitting=False,
        made_at=request.opened_at,
        made_by="T",
        delivered_at=delivered_at,
    )


def _claim(draw: random.Random, parcel: Shipment) -> ParcelClaim:
    raised_at, state = _moment(draw), draw.choice([*ClaimState])
    claimed = draw.randint(1, 500_000)
    return ParcelClaim(
        shipment=parcel,
        state=state,
        currency="CNY",
        value_cents=claimed,
        loss_cents=claimed,
        insured_cents=claimed,
        carriage_cents=0,
        claimed_cents=claimed,
        granted_cents=draw.randint(1, claimed) if state is ClaimState.GRANTED else None,
        raised_at=raised_at,
        raised_by="T",
        due_at=raised_at + dt.timedelta(days=30),
        answered_at=None if state is ClaimState.RAISED else _moment(draw),
    )


def _make_complaint(session: Session, draw: random.Random, request: ServiceRequest, number: int) -> None:
    opened_at = _moment(draw)
    answered_at = opened_at + dt.timedelta(hours=draw.randint(1, 40)) if draw.random() < 0.7 else None
    complaint = Complaint(
        number=f"9{number:07d}",
        category=draw.choice([ComplaintCategory.ATTITUDE, ComplaintCategory.RESULT, ComplaintCategory.OTHER]),
        state=ComplaintState.ANSWERED if answered_at else ComplaintState.OPEN,
        channel=Channel.HOTLINE,
        language=Language.ZH,
        request_id=request.id,
        opened_at=opened_at,
        answered_at=answered_at,
    )
    session.add(complaint)
    session.flush()
    is_met = answered_at is not None and answered_at <= opened_at + dt.timedelta(hours=24)
    _clock(session, f"complaint:{complaint.id}", CommitmentKind.COMPLAINT, opened_at, is_met=is_met)


def _make_clock(session: Session, draw: random.Random, request: ServiceRequest) -> None:
    _clock(session, f"request:{request.id}", CommitmentKind.ON_SITE, request.opened_at, is_met=draw.random() < 0.8)


def _clock(session: Session, subject: str, kind: CommitmentKind, at: dt.datetime, *, is_met: bool) -> None:
    session.add(
        Commitment(
            subject=subject,
            kind=kind,
            policy_version=0,
            rule_version=0,
            started_at=at,
            deadline_at=at + dt.timedelta(hours=24),
            state=CommitmentState.MET if is_met else CommitmentState.BROKEN,
            decided_at=at + dt.timedelta(hours=3 if is_met else 24),
        )
    )


def _make_call(session: Session, draw: random.Random, number: int) -> None:
    session.add(
        Call(
            call_sid=f"CA{number:032d}",
            flow_version="1",
            node="end",
            memory={},
            steps=1,
            last_seen_at=END,
            direction=draw.choice([CallDirection.INBOUND, CallDirection.INBOUND, CallDirection.OUTGOING]),
            from_number="+8613800000001",
            to_number="+862150000000",
            language=Language.ZH,
            state=CallState.ENDED,
            outcome=draw.choice([CallOutcome.BOOKED, CallOutcome.ABANDONED, CallOutcome.SOLVED_BY_PHONE, None]),
            started_at=_moment(draw),
        )
    )
