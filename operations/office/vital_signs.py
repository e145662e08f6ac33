"""How the house does, read from its data: for monitoring, for load balancers, and for the strip on the pages."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models import Area, Call, Commitment, JobRun, LivePlan, Message, PlanEvent, PlanProposal, SlotHold
from operations.planning.road_times import find_road_service
from policies.call_states import CallState
from policies.commitments import CommitmentState
from policies.degraded import TRIED_IN_VAIN, VitalSigns
from policies.message_states import NOT_RECEIVED, MessageState
from policies.offers import HoldState
from policies.plan_events import PlanEventOutcome
from policies.publication import ProposalState

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ANSWER_SECONDS = 15
UNDECIDED = (MessageState.PENDING, MessageState.UNCERTAIN)


def read_vital_signs(session: Session, *, now: dt.datetime, folder: Path) -> VitalSigns:
    """Read all figures, each in one short query over an index; `folder` lies on the disk that must not be full."""
    return VitalSigns(
        measured_at=now,
        calls_under_way=_count(session, Call.id, Call.state == CallState.IN_PROGRESS),
        calls_last_hour=_count(session, Call.id, Call.started_at > now - HOUR),
        calls_answered_late_last_hour=_count_late_answers(session, now),
        windows_held=_count(session, SlotHold.id, SlotHold.state == HoldState.HELD),
        windows_lost_last_hour=_count(
            session, SlotHold.id, SlotHold.state == HoldState.EXPIRED, SlotHold.expires_at > now - HOUR
        ),
        messages_waiting=_count(session, Message.id, *_due(now)),
        messages_tried_in_vain=_count(
            session, Message.id, Message.state.in_(UNDECIDED), Message.attempts >= TRIED_IN_VAIN
        ),
        messages_uncertain=_count(session, Message.id, Message.state == MessageState.UNCERTAIN),
        messages_not_received_last_day=_count(
            session, Message.id, Message.state.in_(NOT_RECEIVED), Message.not_before_at > now - DAY
        ),
        oldest_message_seconds=_age(session.scalar(select(func.min(Message.not_before_at)).where(*_due(now))), now),
        clocks_due_within_an_hour=_count(
            session,
            Commitment.id,
            Commitment.state == CommitmentState.RUNNING,
            Commitment.deadline_at.between(now, now + HOUR),
        ),
        clocks_broken_last_day=_count(
            session, Commitment.id, Commitment.state == CommitmentState.BROKEN, Commitment.deadline_at > now - DAY
        ),
        proposals_waiting=_count(session, PlanProposal.id, PlanProposal.state == ProposalState.PROPOSED),
        plan_events_unanswered=_count(session, PlanEvent.id, PlanEvent.answered_at.is_(None)),
        plan_events_failed_last_hour=_count(
            session,
            PlanEvent.id,
            PlanEvent.outcome == PlanEventOutcome.FAILED,
            PlanEvent.answered_at > now - HOUR,
        ),
        road_failures=_count_road_failures(session),
        disk_free_bytes=_count_free_bytes(folder),
        failed_jobs=dict.fromkeys(session.scalars(select(JobRun.job).where(JobRun.error.is_not(None))), 1.0),
        job_age_seconds={job: _age(at, now) for job, at in session.execute(select(JobRun.job, JobRun.claimed_at))},
        plan_age_seconds={
            code: _age(at, now)
            for code, at in session.execute(
                select(Area.code, LivePlan.changed_at).join(Area, Area.id == LivePlan.area_id)
            )
        },
    )


def _due(now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    return Message.state == MessageState.PENDING, Message.not_before_at <= now


def _count(session: Session, column: Any, *conditions: ColumnElement[bool]) -> int:  # noqa: ANN401 (a mapped column)
    return session.scalar(select(func.count(column)).where(*conditions)) or 0


def _count_late_answers(session: Session, now: dt.datetime) -> int:
    rows = session.execute(
        select(Call.started_at, Call.first_audible_at).where(
            Call.started_at > now - HOUR, Call.first_audible_at.is_not(None)
        )
    )
    late = dt.timedelta(seconds=ANSWER_SECONDS)
    return sum(heard_at is not None and heard_at - began_at > late for began_at, heard_at in rows)


def _count_road_failures(session: Session) -> int:
    roads = find_road_service(session)
    return roads.failures if roads else 0


def _count_free_bytes(folder: Path) -> int:
    standing = next(one for one in (folder, *folder.parents) if one.exists())
    return shutil.disk_usage(standing).free


def _age(at: dt.datetime | None, now: dt.datetime) -> float:
    return max(0.0, (now - at).total_seconds()) if at else 0.0
