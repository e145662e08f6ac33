"""What the fallback took in while the house was down becomes requests (H3, DESIGN rule 11)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from sqlalchemy.orm import Session

from operations.calls import lock_call, note_answered, open_call
from operations.house import House
from operations.voicemails import take_voicemail
from policies.call_states import CallOutcome, CallState


def take_in_spooled(session: Session, *, lines: Iterable[str], house: House, now: dt.datetime) -> int:
    """Make a request of each spooled message, its clock starting when the caller spoke; return how many were new.

    A message taken in before is passed over, so a spool can be read again after a crash. A line that cannot be read
    raises ValueError naming it: nothing may be lost in silence.
    """
    taken = 0
    for number, line in enumerate(lines, start=1):
        try:
            fields = json.loads(line)
            kept_at = dt.datetime.fromisoformat(fields["kept_at"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"line {number} of the spool cannot be read: {error}") from error
        taken += _take_in(session, fields, kept_at, house=house, now=now)
    return taken


def _take_in(session: Session, fields: dict[str, str], kept_at: dt.datetime, *, house: House, now: dt.datetime) -> bool:
    known = lock_call(session, call_sid=fields["CallSid"])
    if known is not None and any(r.recording_sid == (fields["RecordingSid"] or None) for r in known.recordings):
        return False
    call = known or open_call(
        session,
        call_sid=fields["CallSid"],
        from_number=fields["From"] or "unknown",
        to_number=fields["To"],
        now=kept_at,
    )
    # The fallback spoke before the message was left; the spool knows no earlier instant of the call.
    note_answered(session, call=call, now=kept_at)
    duration = fields["RecordingDuration"]
    take_voicemail(
        session,
        call=call,
        recording_sid=fields["RecordingSid"] or None,
        url=fields["RecordingUrl"] or None,
        duration_seconds=int(duration) if duration.isdigit() else None,
        house=house,
        now=now,
    )
    if call.state is not CallState.ENDED:
        call.state, call.outcome, call.ended_at = CallState.ENDED, CallOutcome.VOICEMAIL, kept_at
    return True
