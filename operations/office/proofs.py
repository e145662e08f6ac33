"""The proof of a request: everything that happened, chained, signed, with a verdict for every clock (K3).

Personal fields are in it as salted hashes only, so a certificate may be handed to anybody, and stays true when a
customer's data are erased (S1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Call, CallBack, Complaint, InboundMessage, ServiceRequest, StatusEvent
from operations.aftercare.complaints import complaint_subject
from operations.clients.signer import Signer
from operations.clocks.clock_rules import calendar_version_at
from operations.clocks.commitments import ClockReading, call_subject, read_clocks, request_subject
from operations.clocks.proof_anchors import prove_anchored
from operations.foundation.events import list_events
from operations.foundation.house import House
from operations.inbox.inbound_letters import letter_subject
from operations.telephone.call_backs import call_back_subject
from policies.clocks.calendars import write_calendar
from policies.clocks.reading import Fact, Verdict
from policies.clocks.rules import write_rule
from policies.event_chain import FIRST_HASH, write_canonical, write_instant
from policies.message_channels import MessageChannel
from policies.promises_kept import PromiseOfVisit, read_promises

FORMAT = "onecall-proof-1"
EVENT_WORDS, CERTIFICATE_WORDS = b"onecall-event-1\n", b"onecall-certificate-1\n"


def issue_proof(
    session: Session, *, request: ServiceRequest, signer: Signer, house: House, now: dt.datetime
) -> dict[str, Any]:
    """Return the request's certificate as a document that `verify_proof.py` checks without us."""
    chains = {subject: list_events(session, subject=subject) for subject in list_subjects(session, request=request)}
    calendars: dict[str, dict[str, Any]] = {}
    clocks = [
        clock
        for subject, events in chains.items()
        for clock in _write_clocks(session, subject, events, calendars, now=now)
    ]
    own = request_subject(request.id)
    anchors = [prove_anchored(session, subject=subject) for subject in chains]
    body = {
        "format": FORMAT,
        "request": request.number,
        "subject": own,
        "issued_at": write_instant(now),
        "issued_by": house.public_base_url,
        "public_key": signer.public_key,
        "chains": [_write_chain(subject, events, signer) for subject, events in chains.items()],
        "calendars": calendars,
        "clocks": clocks,
        "promises": [_write_promise(promise) for promise in read_promises(_facts(chains[own]))],
        "anchors": [anchor for anchor in anchors if anchor is not None],
    }
    return {**body, "signature": signer.sign(CERTIFICATE_WORDS, write_canonical(body))}


def list_subjects(session: Session, *, request: ServiceRequest) -> list[str]:
    """Return the chains a request's proof is made of: its own, and those of its calls, complaints and e-mails."""
    calls = session.scalars(select(Call.call_sid).where(Call.request_id == request.id).order_by(Call.id))
    complaints = session.scalars(select(Complaint.id).where(Complaint.request_id == request.id).order_by(Complaint.id))
    call_backs = session.scalars(select(CallBack.id).where(CallBack.request_id == request.id).order_by(CallBack.id))
    letters = select(InboundMessage.id).where(
        InboundMessage.request_id == request.id, InboundMessage.channel == MessageChannel.EMAIL
    )
    return [
        request_subject(request.id),
        *map(call_subject, calls),
        *map(complaint_subject, complaints),
        *map(call_back_subject, call_backs),
        *map(letter_subject, session.scalars(letters.order_by(InboundMessage.id))),
    ]


def _write_chain(subject: str, events: Sequence[StatusEvent], signer: Signer) -> dict[str, Any]:
    return {
        "subject": subject,
        "count": len(events),
        "head": events[-1].hash if events else FIRST_HASH,
        "events": [_write_event(event, signer) for event in events],
    }


def _write_event(event: StatusEvent, signer: Signer) -> dict[str, Any]:
    return {
        "position": event.position,
        "kind": event.kind,
        "occurred_at": write_instant(event.occurred_at),
        "recorded_at": write_instant(event.recorded_at),
        "source": event.source,
        "actor": event.actor,
        "facts": event.facts,
        "personal": event.personal_hashes,
        "previous": event.previous_hash,
        "hash": event.hash,
        "signature": signer.sign(EVENT_WORDS, event.hash.encode()),
    }


def _write_clocks(
    session: Session,
    subject: str,
    events: Sequence[StatusEvent],
    calendars: dict[str, dict[str, Any]],
    *,
    now: dt.datetime,
) -> list[dict[str, Any]]:
    written = []
    for reading in read_clocks(session, _facts(events), now=now).values():
        key = _name_calendar(session, reading, calendars, now=now)
        written.append(
            {
                "subject": subject,
                "rule": write_rule(reading.found.rule),
                "calendar": key,
                "read_at": write_instant(now),
                "verdict": _write_verdict(reading.verdict),
            }
        )
    return written


def _name_calendar(
    session: Session, reading: ClockReading, calendars: dict[str, dict[str, Any]], *, now: dt.datetime
) -> str:
    """Put the days of a calendar that this clock needs into the certificate; return the calendar's name there."""
    started_at = reading.found.started_at
    version = calendar_version_at(session, code=reading.calendar_code, at=started_at)
    name = f"{reading.calendar_code}.{version.number}"
    until = min(max(reading.verdict.deadline_at, now), now + dt.timedelta(days=3660)).date() + dt.timedelta(days=2)
    written = write_calendar(reading.calendar, from_on=started_at.date() - dt.timedelta(days=2), until_on=until)
    days: Mapping[str, Any] = calendars.get(name, {}).get("days", {})
    calendars[name] = {**written, "days": {**days, **written["days"]}}
    return name


def _write_verdict(verdict: Verdict) -> dict[str, str | None]:
    return {
        "state": str(verdict.state),
        "started_at": write_instant(verdict.started_at),
        "deadline_at": write_instant(verdict.deadline_at),
        "decided_at": write_instant(verdict.decided_at) if verdict.decided_at else None,
        "fulfilled_at": write_instant(verdict.fulfilled_at) if verdict.fulfilled_at else None,
    }


def _write_promise(promise: PromiseOfVisit) -> dict[str, Any]:
    return {
        "visit": promise.visit_id,
        "first": {"from": promise.first.from_at, "until": promise.first.until_at},
        "last": {"from": promise.last.from_at, "until": promise.last.until_at},
        "arrived_at": write_instant(promise.arrived_at) if promise.arrived_at else None,
        "is_first_kept": promise.first.is_kept_by(promise.arrived_at),
        "is_last_kept": promise.last.is_kept_by(promise.arrived_at),
    }


def _facts(events: Sequence[StatusEvent]) -> list[Fact]:
    return [Fact(event.kind, event.occurred_at, event.position, event.facts) for event in events]
