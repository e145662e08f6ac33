"""What the fallback took in while the house was down becomes requests and promised calls (H3, DESIGN rule 11)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Call, CallBack
from operations.foundation.house import House
from operations.telephone.call_backs import promise_call_back
from operations.telephone.calls import end_call, lock_call, note_answered, note_outcome, open_call, reach_number
from operations.telephone.voicemails import note_recording_ready, take_voicemail
from policies.call_backs import CallBackReason
from policies.call_states import CallDirection, CallOutcome, CallState
from policies.spool import Spooled, waits


@dataclass(frozen=True, slots=True)
class SpoolReading:
    """How many lines were new, and the lines that have to wait for another."""

    taken: int
    waiting: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Line:
    line: str
    what: Spooled
    call_sid: str
    kept_at: dt.datetime
    waited: dt.timedelta
    fields: dict[str, str]


def take_in_spooled(session: Session, *, lines: Iterable[str], house: House, now: dt.datetime) -> SpoolReading:
    """Make a request of each spooled message and promise a call to everybody else who was told of one.

    A request's clock and a promised call's start when the caller was there. What was taken in before is passed over,
    so a spool can be read again after a crash. A line that cannot be read raises ValueError naming it: nothing may be
    lost in silence. The fallback goes by its own machine's clock: what is later than now was heard now.
    """
    taken, waiting = 0, []
    # Apologies last: what the caller did after it says whether it still has to be answered.
    for spooled in sorted(_read(lines, now), key=lambda one: one.what is Spooled.APOLOGY):
        # Locking a call reads its row again: what the line before has changed must be there.
        session.flush()
        call = lock_call(session, call_sid=spooled.call_sid)
        if waits(spooled.what, since=spooled.waited, is_call_known=call is not None):
            waiting.append(spooled.line)
        elif spooled.what is Spooled.MESSAGE:
            taken += _take_message(session, call, spooled, house=house, now=now)
        elif spooled.what is Spooled.RECORDING:
            taken += _take_recording(session, spooled.fields, now=now)
        else:
            taken += _promise_call(session, call, spooled, now=now)
    return SpoolReading(taken, waiting)


def _read(lines: Iterable[str], now: dt.datetime) -> Iterator[_Line]:
    for number, line in enumerate(lines, start=1):
        try:
            fields = {"RecordingStatus": "", **json.loads(line)}
            what, kept_at = Spooled(fields.get("what", Spooled.MESSAGE)), dt.datetime.fromisoformat(fields["kept_at"])
            # A clock that is ahead must not keep the line waiting until its time has come.
            yield _Line(line, what, fields["CallSid"], min(kept_at, now), abs(now - kept_at), fields)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"line {number} of the spool cannot be read: {error}") from error


def _take_message(session: Session, call: Call | None, spooled: _Line, *, house: House, now: dt.datetime) -> bool:
    fields, kept_at = spooled.fields, spooled.kept_at
    if call is not None and _is_promised(session, call, CallBackReason.MESSAGE):
        return False
    call = call or _open(session, fields, kept_at)
    # The fallback spoke before the message was left; the spool knows no earlier instant of the call.
    note_answered(session, call=call, now=kept_at)
    take_voicemail(
        session,
        call=call,
        recording_sid=fields["RecordingSid"] or None,
        url=fields["RecordingUrl"] or None,
        duration_seconds=_seconds(fields),
        house=house,
        now=now,
        spoken_at=kept_at,
    )
    _end(session, call, kept_at, now=now)
    return True


def _take_recording(session: Session, fields: dict[str, str], *, now: dt.datetime) -> bool:
    return note_recording_ready(
        session,
        call_sid=fields["CallSid"],
        recording_sid=fields["RecordingSid"],
        url=fields["RecordingUrl"] or None,
        duration_seconds=_seconds(fields),
        status=fields["RecordingStatus"],
        now=now,
    )


def _promise_call(session: Session, call: Call | None, spooled: _Line, *, now: dt.datetime) -> bool:
    """Promise a call to whoever was told of one, unless another promise of this call says so already."""
    kept_at = spooled.kept_at
    if call is None:
        call = _open(session, spooled.fields, kept_at)
        note_answered(session, call=call, now=kept_at)
    is_ours = call.direction is CallDirection.OUTGOING and spooled.what is Spooled.APOLOGY
    if is_ours or _is_promised(session, call, *CallBackReason) or reach_number(call) is None:
        _end(session, call, kept_at, now=now)
        return False
    promise_call_back(session, call=call, reason=CallBackReason.TROUBLE, now=now, promised_at=kept_at)
    note_outcome(call, CallOutcome.CALL_BACK)
    _end(session, call, kept_at, now=now)
    return True


def _is_promised(session: Session, call: Call, *reasons: CallBackReason) -> bool:
    promised = select(CallBack.id).where(CallBack.call_id == call.id, CallBack.reason.in_(reasons))
    return session.scalars(promised.limit(1)).first() is not None


def _open(session: Session, fields: dict[str, str], kept_at: dt.datetime) -> Call:
    return open_call(
        session,
        call_sid=fields["CallSid"],
        from_number=fields["From"] or "unknown",
        to_number=fields["To"],
        now=kept_at,
    )


def _end(session: Session, call: Call, kept_at: dt.datetime, *, now: dt.datetime) -> None:
    """The call is long over, whether or not Twilio could tell us: what was held for it is free."""
    if call.state is not CallState.ENDED:
        session.flush()
        end_call(session, call=call, status="completed", now=now)
        call.ended_at = kept_at


def _seconds(fields: dict[str, str]) -> int | None:
    duration = fields["RecordingDuration"]
    return int(duration) if duration.isdigit() else None
