"""What people record about clocks: pauses with reason and person, and agreed targets (K1).

All of it is events: the clock is read again from them, and nothing else is changed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from models import Commitment
from operations.clocks.clock_rules import RuleInForce, calendar_version_at, find_rule
from operations.clocks.commitments import refresh_commitments
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import list_facts, record_event
from policies.clocks.reading import AGREED, PAUSED, RESUMED, correct_facts
from policies.commitments import CommitmentKind, CommitmentState, PauseReason

RESTORED = "service_restored"


class PauseRefused(ValueError):
    """The clock does not run, its rule does not allow this reason, or this pause does not hold it."""


class NotARestoration(ValueError):
    """The clock promises something else than that it works again, or it does already."""


class AgreementMalformed(ValueError):
    """An agreed target is either a number of minutes or an instant after the start."""


def pause_clock(
    session: Session,
    *,
    commitment: Commitment,
    reason: PauseReason,
    by: str,
    note: str = "",
    visit_id: int | None = None,
    now: dt.datetime,
) -> None:
    """Stop a clock's time for a reason, until somebody resumes it or the visit it waits for. Raises PauseRefused."""
    if commitment.state not in {CommitmentState.RUNNING, CommitmentState.PAUSED}:
        raise PauseRefused(f"{commitment.kind} is {commitment.state}")
    if reason not in list_pause_reasons(session, commitment=commitment, now=now):
        raise PauseRefused(f"{commitment.kind} may not be paused for {reason}")
    facts: dict[str, Any] = {"clock": commitment.kind, "reason": str(reason)}
    facts |= {} if visit_id is None else {"visit": visit_id}
    _record(session, commitment, PAUSED, facts, by=by, now=now, personal={"note": note.strip()})


def resume_clock(
    session: Session, *, commitment: Commitment, by: str, now: dt.datetime, reason: PauseReason | None = None
) -> None:
    """Let a paused clock go on, whatever held it, or end the pause for one reason. Raises PauseRefused."""
    if commitment.state is not CommitmentState.PAUSED:
        raise PauseRefused(f"{commitment.kind} is {commitment.state}")
    facts = {"clock": commitment.kind} | ({} if reason is None else {"reason": str(reason)})
    _record(session, commitment, RESUMED, facts, by=by, now=now)


def note_restored(session: Session, *, commitment: Commitment, by: str, now: dt.datetime) -> None:
    """It works again, without a visit or before its end: this meets a restoration. Raises NotARestoration."""
    if commitment.kind != CommitmentKind.RESTORATION or commitment.fulfilled_at is not None:
        raise NotARestoration(commitment.kind)
    _record(session, commitment, RESTORED, {}, by=by, now=now)


def list_pause_reasons(session: Session, *, commitment: Commitment, now: dt.datetime) -> list[PauseReason]:
    """Return the reasons for which the clock's rule lets it be paused."""
    found = find_rule_of(session, commitment=commitment, now=now)
    return [reason for reason in PauseReason if found is not None and reason in found.rule.pausable_for]


def agree_target(
    session: Session,
    *,
    subject: str,
    request_id: int | None,
    kind: str,
    by: str,
    now: dt.datetime,
    minutes: int | None = None,
    until: dt.datetime | None = None,
    calendar: str | None = None,
    agreement: str | None = None,
) -> None:
    """Record what was agreed for one clock of a subject, in minutes of its calendar or as an instant.

    The first agreement of a clock counts for good (D1); `agreement` is the number of the contract, for reports.
    Raises AgreementMalformed or CalendarUnknown.
    """
    if (minutes is None) == (until is None) or (minutes is not None and minutes < 0):
        raise AgreementMalformed(f"{minutes} minutes, until {until}")
    if calendar is not None:
        calendar_version_at(session, code=calendar, at=now)
    facts: dict[str, Any] = {"clock": kind}
    facts |= {"minutes": minutes} if until is None else {"until": until.astimezone(dt.UTC).isoformat()}
    facts |= {name: value for name, value in (("calendar", calendar), ("agreement", agreement)) if value is not None}
    _append(session, subject, AGREED, facts, by=by, now=now)
    refresh_commitments(session, subject=subject, request_id=request_id, now=now)


def find_rule_of(session: Session, *, commitment: Commitment, now: dt.datetime) -> RuleInForce | None:
    """Return the rule a clock runs under, or None when what started it was taken back."""
    facts = list_facts(session, subject=commitment.subject)
    standing = [fact for fact in correct_facts(facts) if fact.occurred_at <= now]
    return find_rule(session, kind=commitment.kind, standing=standing)


def _record(
    session: Session,
    commitment: Commitment,
    kind: str,
    facts: dict[str, Any],
    *,
    by: str,
    now: dt.datetime,
    personal: dict[str, str] | None = None,
) -> None:
    _append(session, commitment.subject, kind, facts, by=by, now=now, personal=personal)
    refresh_commitments(session, subject=commitment.subject, request_id=commitment.request_id, now=now)
    note_change(session, topic=BOARD, now=now)


def _append(
    session: Session,
    subject: str,
    kind: str,
    facts: dict[str, Any],
    *,
    by: str,
    now: dt.datetime,
    personal: dict[str, str] | None = None,
) -> None:
    record_event(
        session,
        subject=subject,
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="desk",
        actor=by,
        facts=facts,
        personal={name: value for name, value in (personal or {}).items() if value} or None,
    )
