"""Move a visit by hand: proven against the plan as it is, told after a moment in which it can be undone (D6, D9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Area, Message, PlanMove, Shift, Stop, ToldStop, Visit
from operations.clocks.commitments import request_subject
from operations.dispatching.move_verdicts import MoveVerdict, Place, Wish, judge_move
from operations.dispatching.pins import pin_place
from operations.dispatching.routes import tell_changes, tell_if_published
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.messages.promises import tell_new_technician, tell_window_moved
from operations.planning.live import OpenPlan, open_plan, read_plan, save_plan
from operations.planning.live_plan import StalePlan
from policies.message_states import MessageState
from policies.offers import Window, list_candidate_windows
from policies.visit_states import VisitState, move_visit

LONGEST_REASON = 200


class ReasonMissing(ValueError):
    """The move breaks a rule or a promise; it takes a reason."""


class MoveNotUndoable(RuntimeError):
    """People have been told of the move, it was undone already, or the visit has moved on: make another move."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a dispatcher saw before saying yes: where the visit stood, and the troubles that were shown."""

    before: Place
    troubles: frozenset[str]
    reason: str
    by: str


def ask_about_move(session: Session, *, area_id: int, wish: Wish, now: dt.datetime) -> MoveVerdict:
    """Return what a move would cost and break, against the plan as it is; nothing is written. Raises MoveImpossible."""
    # A move times nobody's day anew but those of the two who hand over and take over: the others are not even read.
    standing = select(Stop.shift_id).where(Stop.visit_id == wish.visit_id)
    concerned = select(Shift.technician_id).where(or_(Shift.id == wish.shift_id, Shift.id.in_(standing)))
    technicians = frozenset(session.scalars(concerned))
    return judge_move(read_plan(session, area_id=area_id, now=now, technicians=technicians), wish)


def carry_out_move(session: Session, *, wish: Wish, consent: Consent, house: House, now: dt.datetime) -> PlanMove:
    """Move the visit, write down who and why, and store what customer and technicians will hear.

    The plan may have moved on since the verdict was shown: StalePlan when the visit stands elsewhere now, or when
    something breaks that the dispatcher has not seen. ReasonMissing when it breaks anything and no reason is given.
    A visit that leaves its promised window gets the window its new start lies in, and its customer a message.
    """
    visit = session.get_one(Visit, wish.visit_id)
    opened = open_plan(session, area_id=visit.area_id, now=now)
    session.refresh(visit)
    verdict = judge_move(opened, wish)
    _refuse_if_unseen(verdict, consent)
    stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one()
    move = _write_down(session, visit, stop, verdict, consent, now)
    save_plan(session, opened, verdict.plan, now=now)
    session.refresh(stop)
    pin_place(stop, kind=wish.lock, is_override=verdict.waives_rules)
    if verdict.breaks_own_promise:
        _promise_anew(session, opened, visit, stop)
    event = record_event(
        session,
        subject=request_subject(visit.request_id),
        kind="visit_moved",
        occurred_at=now,
        recorded_at=now,
        source="desk",
        actor=consent.by,
        facts=_facts(move, verdict.troubles),
        personal={"reason": consent.reason} if consent.reason else None,
    )
    hold_until = now + dt.timedelta(minutes=opened.figures.undo_minutes)
    _tell(session, move, visit, cause=f"moved:{event.position}", hold_until=hold_until, house=house, now=now)
    return move


@dataclass(frozen=True, slots=True)
class UndoableMove:
    """A move nobody has been told of, and until when that is so."""

    move: PlanMove
    until_at: dt.datetime


def find_undoable_move(session: Session, *, area_id: int, now: dt.datetime) -> UndoableMove | None:
    """Return the area's latest move by hand that nobody has been told of yet, or None."""
    wait = dt.timedelta(minutes=figures_at(session, now).undo_minutes)
    move = session.scalars(
        select(PlanMove)
        .where(PlanMove.area_id == area_id, PlanMove.made_at > now - wait)
        .order_by(PlanMove.id.desc())
        .limit(1)
    ).one_or_none()
    return UndoableMove(move, move.made_at + wait) if move is not None and move.undone_at is None else None


def undo_move(session: Session, *, move: PlanMove, house: House, by: str, now: dt.datetime) -> None:
    """Put the visit back where it was, with window and lock; nobody hears of either. Raises MoveNotUndoable."""
    visit = session.get_one(Visit, move.visit_id)
    opened = open_plan(session, area_id=move.area_id, now=now)
    session.refresh(move)
    session.refresh(visit)
    stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one_or_none()
    until = move.made_at + dt.timedelta(minutes=opened.figures.undo_minutes)
    if move.undone_at is not None or now >= until or stop is None or stop.shift_id != move.to_shift_id:
        raise MoveNotUndoable(f"move {move.id}")
    pin_place(stop, kind=None)
    visit.window_from_at, visit.window_until_at = move.window_before_from_at, move.window_before_until_at
    opened = open_plan(session, area_id=move.area_id, now=now)
    back = judge_move(opened, Wish(visit.id, move.from_shift_id, max(move.from_start_at, now)))
    save_plan(session, opened, back.plan, now=now)
    session.refresh(stop)
    stop.lock_kind, stop.is_override = move.lock_before, move.was_override
    stop.locked_from_at, stop.locked_until_at = move.locked_before_from_at, move.locked_before_until_at
    move.undone_at, move.undone_by = now, by
    record_event(
        session,
        subject=request_subject(visit.request_id),
        kind="visit_move_undone",
        occurred_at=now,
        recorded_at=now,
        source="desk",
        actor=by,
        facts={"visit": visit.id, "move": move.id},
    )
    _take_back_messages(session, move, visit, house=house, now=now)


def _refuse_if_unseen(verdict: MoveVerdict, consent: Consent) -> None:
    if verdict.before.shift_id != consent.before.shift_id:
        raise StalePlan(f"visit {verdict.wish.visit_id} stands elsewhere now")
    unseen = set(verdict.troubles) - consent.troubles
    if unseen:
        raise StalePlan(", ".join(sorted(unseen)))
    if verdict.needs_reason and not consent.reason.strip():
        raise ReasonMissing(", ".join(verdict.troubles))


def _write_down(
    session: Session, visit: Visit, stop: Stop, verdict: MoveVerdict, consent: Consent, now: dt.datetime
) -> PlanMove:
    move = PlanMove(
        area_id=visit.area_id,
        visit_id=visit.id,
        from_shift_id=verdict.before.shift_id,
        from_start_at=verdict.before.start_at,
        to_shift_id=verdict.after.shift_id,
        to_start_at=verdict.after.start_at,
        state_before=visit.state,
        window_before_from_at=visit.window_from_at,
        window_before_until_at=visit.window_until_at,
        lock_before=stop.lock_kind,
        locked_before_from_at=stop.locked_from_at,
        locked_before_until_at=stop.locked_until_at,
        was_override=stop.is_override,
        broken=list(verdict.troubles),
        reason=consent.reason.strip()[:LONGEST_REASON],
        made_by=consent.by,
        made_at=now,
    )
    session.add(move)
    session.flush()
    return move


def _facts(move: PlanMove, troubles: Sequence[str]) -> dict[str, object]:
    facts: dict[str, object] = {
        "visit": move.visit_id,
        "move": move.id,
        "from_shift": move.from_shift_id,
        "from": move.from_start_at.isoformat(),
        "to_shift": move.to_shift_id,
        "to": move.to_start_at.isoformat(),
    }
    return facts | ({"broken": list(troubles)} if troubles else {})


def _promise_anew(session: Session, opened: OpenPlan, visit: Visit, stop: Stop) -> None:
    """Give the visit the window of the local grid its new start lies in; the first promise stays on record."""
    length = opened.figures.window_minutes
    area = session.get_one(Area, visit.area_id)
    windows = list_candidate_windows(
        now=stop.planned_start_at - dt.timedelta(minutes=length),
        until=stop.planned_start_at + dt.timedelta(minutes=1),
        lead_minutes=0,
        window_minutes=length,
        time_zone=area.time_zone,
    )
    holding = [window for window in windows if window.from_at <= stop.planned_start_at < window.until_at]
    window = (
        holding[-1] if holding else Window(stop.planned_start_at, stop.planned_start_at + dt.timedelta(minutes=length))
    )
    visit.window_from_at, visit.window_until_at = window.from_at, window.until_at


def _tell(
    session: Session,
    move: PlanMove,
    visit: Visit,
    *,
    cause: str,
    hold_until: dt.datetime,
    house: House,
    now: dt.datetime,
) -> None:
    before, after = session.get_one(Shift, move.from_shift_id), session.get_one(Shift, move.to_shift_id)
    has_new_technician = visit.technician_id != after.technician_id
    visit.technician_id, visit.technician = after.technician_id, after.technician
    session.flush()
    known = _newest_message(session)
    _tell_technicians(session, before, after, house=house, now=now)
    if visit.window_from_at != move.window_before_from_at:
        tell_window_moved(session, visit=visit, cause=cause, house=house, now=now)
    elif has_new_technician:
        tell_new_technician(session, visit=visit, cause=cause, house=house, now=now)
    for message in _messages_since(session, known, visit, (before, after)):
        message.not_before_at = max(message.not_before_at, hold_until)


def _tell_technicians(session: Session, before: Shift, after: Shift, *, house: House, now: dt.datetime) -> None:
    shifts = [before] if before.id == after.id else [before, after]
    tell_changes(session, shifts=shifts, house=house, now=now)
    tell_if_published(session, shift_id=after.id, house=house, now=now)


def _take_back_messages(session: Session, move: PlanMove, visit: Visit, *, house: House, now: dt.datetime) -> None:
    """Withdraw what waits because of the move, and what undoing it would say: for people nothing has happened."""
    shifts = session.get_one(Shift, move.to_shift_id), session.get_one(Shift, move.from_shift_id)
    visit.technician_id, visit.technician = shifts[1].technician_id, shifts[1].technician
    session.flush()
    recipients = [f"technician:{shift.technician_id}" for shift in shifts]
    waiting = session.scalars(
        select(Message).where(
            Message.created_at == move.made_at,
            Message.state == MessageState.PENDING,
            (Message.visit_id == visit.id) | Message.recipient.in_(recipients),
        )
    ).all()
    known = _newest_message(session)
    _tell_technicians(session, *shifts, house=house, now=now)
    for message in (*waiting, *_messages_since(session, known, visit, shifts)):
        message.state, message.decided_at, message.error = MessageState.EXPIRED, now, "move undone"
    _knows_again(session, move, visit, shifts[1], now)


def _knows_again(session: Session, move: PlanMove, visit: Visit, shift: Shift, now: dt.datetime) -> None:
    """Leave the technician where he was: he had been told of the visit, and never heard that it was taken away."""
    if move.state_before is VisitState.BOOKED:
        return
    if visit.state is VisitState.BOOKED:
        start_at = max(move.from_start_at, now)
        known = ToldStop(visit_id=visit.id, technician_id=shift.technician_id, shift_id=shift.id)
        known.planned_start_at, known.told_at = start_at, move.made_at
        session.add(known)
        visit.state = move_visit(visit.state, VisitState.DISPATCHED)
    if visit.state is VisitState.DISPATCHED and move.state_before is VisitState.ACKNOWLEDGED:
        visit.state = move_visit(visit.state, VisitState.ACKNOWLEDGED)


def _newest_message(session: Session) -> int:
    return session.scalar(select(Message.id).order_by(Message.id.desc()).limit(1)) or 0


def _messages_since(session: Session, known: int, visit: Visit, shifts: Sequence[Shift]) -> Sequence[Message]:
    session.flush()
    recipients = [f"technician:{shift.technician_id}" for shift in shifts]
    return session.scalars(
        select(Message).where(
            Message.id > known,
            Message.state == MessageState.PENDING,
            (Message.visit_id == visit.id) | Message.recipient.in_(recipients),
        )
    ).all()
