"""Whether the data keeps what we promise, found from the data alone: after a drill, a restore, or a doubt.

No promise without a place, nobody at two places at once, no broken chain of events, no clock that differs from its
events, no stock or money out of nothing. Reads everything; writes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import dispatch
from models import (
    Area,
    Message,
    ParcelClaim,
    Payment,
    Receivable,
    Settlement,
    SettlementLine,
    SlotHold,
    StatusEvent,
    StockLevel,
    StockMove,
    Stop,
    Visit,
)
from operations.clocks.commitments import find_clocks_that_differ
from operations.foundation.events import STREAMED, find_broken_chains
from operations.planning.live import read_plan
from policies.clocks.reading import CORRECTED
from policies.message_states import MessageState
from policies.offers import HoldState
from policies.parcel_claims import ClaimState
from policies.receivables import ReceivableKind
from policies.visit_states import PROMISED, STARTED

LATE_FREEING = dt.timedelta(minutes=2)
"""How long after its end a held window may still stand: the job that frees it runs every ten seconds."""
LEFT_IN_DOUBT = dt.timedelta(minutes=10)
"""A claimed message is taken over after two minutes; one that stands longer has been forgotten."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something the data must never say: which rule, and where."""

    rule: str
    where: str


def find_flaws(session: Session, *, now: dt.datetime) -> list[Flaw]:
    """Return every flaw; an empty list is a sound house."""
    return [Flaw(rule, where) for rule, find in RULES.items() for where in find(session, now)]


def _promises_without_place(session: Session, _now: dt.datetime) -> Iterator[str]:
    """A promised visit that has not begun stands in the plan, in its area, with a window (rule 6)."""
    rows = session.execute(
        select(Visit.id, Visit.area_id, Visit.window_from_at, Stop.area_id)
        .outerjoin(Stop, Stop.visit_id == Visit.id)
        .where(Visit.state.in_(PROMISED))
    )
    for visit_id, area_id, window_from_at, stop_area_id in rows:
        if stop_area_id != area_id or window_from_at is None:
            yield f"visit {visit_id}"


def _stops_without_promise(session: Session, _now: dt.datetime) -> Iterator[str]:
    rows = session.execute(
        select(Stop.id, Visit.state, SlotHold.state)
        .outerjoin(Visit, Visit.id == Stop.visit_id)
        .outerjoin(SlotHold, SlotHold.id == Stop.hold_id)
    )
    for stop_id, visit_state, hold_state in rows:
        if visit_state not in PROMISED and hold_state is not HoldState.HELD:
            yield f"stop {stop_id}"


def _two_places_at_once(session: Session, now: dt.datetime) -> Iterator[str]:
    """Nobody is planned at two sites at once, a booking's place and a held window included.

    A promise that no longer fits, because its technician's day went otherwise than planned, keeps its place and time
    until somebody has saved it (D13): it is at risk, on the radar, and no lie.
    """
    late = _no_longer_fitting(session, now)
    rows = session.execute(
        select(Stop.shift_id, Stop.planned_start_at, Stop.planned_end_at, Stop.id)
        .outerjoin(Visit, Visit.id == Stop.visit_id)
        .where(Visit.id.is_(None) | Visit.state.not_in(STARTED))
        .order_by(Stop.shift_id, Stop.planned_start_at, Stop.planned_end_at)
    ).all()
    for one, other in pairwise([row for row in rows if row.id not in late]):
        if one.shift_id == other.shift_id and other.planned_start_at < one.planned_end_at:
            yield f"stops {one.id} and {other.id}"


def _no_longer_fitting(session: Session, now: dt.datetime) -> set[int]:
    """Return the stops the plan as it runs has no room for, of technicians who are late, away or on their way."""
    late = set()
    for area_id in session.scalars(select(Area.id)):
        opened = read_plan(session, area_id=area_id, now=now)
        rows, snapshot = opened.rows, opened.snapshot
        fitting = {stop.visit_id for route in snapshot.plan.routes for stop in route.stops}
        without_room = {visit.id for visit in snapshot.problem.visits} - fitting
        delayed = {
            *rows.delays,
            *(place.technician_id for place in rows.last_places),
            *map(itemgetter(0), rows.absences),
        }
        shifts = {shift.id for shift in rows.shifts if shift.technician_id in delayed}
        late |= {stop.id for stop in rows.stops if stop.key in without_room and stop.shift_id in shifts}
    return late


def _plans_that_break_rules(session: Session, now: dt.datetime) -> Iterator[str]:
    """What the planner's own checker, which shares no code with the search, has against the plan as it runs (D7)."""
    for area_id, code in session.execute(select(Area.id, Area.code)):
        snapshot = read_plan(session, area_id=area_id, now=now).snapshot
        for violation in dispatch.check(snapshot.problem, snapshot.plan):
            yield f"area {code}: {violation.rule}: {violation.detail}"


def _holds_that_never_end(session: Session, now: dt.datetime) -> Iterator[str]:
    held = select(SlotHold.id).where(SlotHold.state == HoldState.HELD, SlotHold.expires_at < now - LATE_FREEING)
    for hold_id in session.scalars(held):
        yield f"hold {hold_id}"


def _messages_forgotten(session: Session, now: dt.datetime) -> Iterator[str]:
    claimed = select(Message.id).where(Message.state == MessageState.CLAIMED, Message.claimed_at < now - LEFT_IN_DOUBT)
    for message_id in session.scalars(claimed):
        yield f"message {message_id}"


def _messages_without_trace(session: Session, _now: dt.datetime) -> Iterator[str]:
    """What was sent has the provider's own name, which no two of ours share: so it can be looked up for ever."""
    sent = select(Message.id).where(
        Message.state.in_((MessageState.SENT, MessageState.DELIVERED)), Message.message_sid.is_(None)
    )
    for message_id in session.scalars(sent):
        yield f"message {message_id}"


def _broken_chains(session: Session, _now: dt.datetime) -> Iterator[str]:
    for subject, position in find_broken_chains(session):
        yield f"{subject}, event {position}"


def _visits_that_went_back(session: Session, _now: dt.datetime) -> Iterator[str]:
    """Nobody sets out for a visit twice, arrives before setting out, or reports of one that has ended (rule 4).

    What a person at the desk wrote down later stands where it was written, not where it happened; a report that was
    corrected may come again.
    """
    reports = (
        select(StatusEvent.subject, StatusEvent.kind, StatusEvent.facts["visit"].as_integer().label("visit_id"))
        .where(
            (StatusEvent.kind == CORRECTED) | StatusEvent.kind.in_(_COURSE) & (StatusEvent.source != "desk"),
        )
        .order_by(StatusEvent.subject, StatusEvent.position)
    )
    for subject, group in groupby(session.execute(reports, execution_options=STREAMED), key=itemgetter(0)):
        come_to: dict[int, int] = defaultdict(int)
        for _, kind, visit_id in group:
            if kind == CORRECTED:
                come_to.clear()
                continue
            if visit_id is not None and _COURSE[kind] <= come_to[visit_id]:
                yield f"{subject}, visit {visit_id}: {kind}"
            come_to[visit_id] = _COURSE[kind]


def _clocks_that_differ(session: Session, now: dt.datetime) -> Iterator[str]:
    """A stored verdict is what its events say, computed again; none is missing, and none is left over (K1)."""
    for subject, kind in find_clocks_that_differ(session, now=now):
        yield f"{subject}, {kind}"


_COURSE = {
    "visit_on_the_way": 1,
    "visit_arrived": 2,
    "visit_completed": 3,
    "visit_unfinished": 3,
    "visit_cancelled": 3,
}
"""How far each report carries a visit that is under way; before it has set out it may change hands."""
_LINE = (StockMove.part_id, StockMove.from_place_id, StockMove.to_place_id)


def _stock_out_of_nothing(session: Session, _now: dt.datetime) -> Iterator[str]:
    """What lies in a place is the sum of the moves into it less those out of it (P1)."""
    sums: dict[tuple[int, int], int] = defaultdict(int)
    rows = session.execute(
        select(
            StockMove.part_id, StockMove.from_place_id, StockMove.to_place_id, func.sum(StockMove.quantity)
        ).group_by(StockMove.part_id, StockMove.from_place_id, StockMove.to_place_id)
    )
    for part_id, from_id, to_id, quantity in rows:
        sums[from_id, part_id] -= quantity
        sums[to_id, part_id] += quantity
    for place_id, part_id, quantity in session.execute(
        select(StockLevel.place_id, StockLevel.part_id, StockLevel.quantity)
    ):
        if sums[place_id, part_id] != quantity:
            yield f"place {place_id}, part {part_id}: {quantity} kept, {sums[place_id, part_id]} moved"


def _totals_that_differ(session: Session, _now: dt.datetime) -> Iterator[str]:
    """A settlement's total is the sum of what its lines leave the customer to pay (M1)."""
    rows = session.execute(
        select(Settlement.id, Settlement.total_cents, func.coalesce(func.sum(SettlementLine.charged_cents), 0))
        .outerjoin(SettlementLine, SettlementLine.settlement_id == Settlement.id)
        .group_by(Settlement.id, Settlement.total_cents)
    )
    for settlement_id, total_cents, lines_cents in rows:
        if total_cents != lines_cents:
            yield f"settlement {settlement_id}: {total_cents} and {lines_cents}"


def _debts_that_differ(session: Session, _now: dt.datetime) -> Iterator[str]:
    """What is left to pay is the amount less its payments (M2)."""
    paid = func.coalesce(func.sum(Payment.amount_cents), 0)
    rows = session.execute(
        select(Receivable.id, Receivable.open_cents, Receivable.amount_cents - paid)
        .outerjoin(Receivable.payments)
        .group_by(Receivable.id, Receivable.open_cents, Receivable.amount_cents)
        .having(Receivable.open_cents != Receivable.amount_cents - paid)
    )
    for receivable_id, kept_cents, left_cents in rows:
        yield f"receivable {receivable_id}: {kept_cents} kept, {left_cents} left"


def _grants_that_differ(session: Session, _now: dt.datetime) -> Iterator[str]:
    """What couriers owe for a parcel is what they granted for it, claims taken back left out (P3)."""
    granted = select(ParcelClaim.shipment_id, ParcelClaim.granted_cents).where(ParcelClaim.state == ClaimState.GRANTED)
    owed = select(Receivable.shipment_id, Receivable.amount_cents).where(
        Receivable.kind == ReceivableKind.COURIER_CLAIM
    )
    too_much: dict[int | None, int] = defaultdict(int)
    for rows, sign in ((session.execute(owed), 1), (session.execute(granted), -1)):
        for shipment_id, cents in rows:
            too_much[shipment_id] += sign * (cents or 0)
    for shipment_id, cents in too_much.items():
        if cents:
            yield f"parcel {shipment_id}: {cents} more owed than granted"


RULES: dict[str, Callable[[Session, dt.datetime], Iterator[str]]] = {
    "a promise has a place": _promises_without_place,
    "a place has a promise": _stops_without_promise,
    "nobody is at two places at once": _two_places_at_once,
    "the plan breaks no rule": _plans_that_break_rules,
    "a held window ends": _holds_that_never_end,
    "a message is not forgotten": _messages_forgotten,
    "a message that went can be looked up": _messages_without_trace,
    "a chain of events is whole": _broken_chains,
    "a visit goes forward": _visits_that_went_back,
    "a clock is what its events say": _clocks_that_differ,
    "stock comes from somewhere": _stock_out_of_nothing,
    "a total is the sum of its lines": _totals_that_differ,
    "what is owed is what was not paid": _debts_that_differ,
    "a courier owes what it has granted": _grants_that_differ,
}
"""What must be true of the data at any instant, in words, with what finds the opposite."""
