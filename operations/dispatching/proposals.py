"""Proposals for a better plan that wait for a person, told as changes of hands (D9)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import PlanProposal, Shift, Technician, Visit
from operations.foundation.figures import figures_at
from policies.publication import ProposalState


@dataclass(frozen=True, slots=True)
class ChangeOfHands:
    """One visit that would go to another technician."""

    visit: Visit
    before: Technician
    after: Technician


@dataclass(frozen=True, slots=True)
class WaitingProposal:
    """A proposal nobody has decided, with what it would change."""

    proposal: PlanProposal
    changes: list[ChangeOfHands]


def list_waiting_proposals(session: Session, *, area_id: int, now: dt.datetime) -> list[WaitingProposal]:
    """Return an area's undecided proposals that have not expired, the latest first."""
    since = now - dt.timedelta(hours=figures_at(session, now).proposal_expiry_hours)
    proposals = session.scalars(
        select(PlanProposal)
        .where(
            PlanProposal.area_id == area_id,
            PlanProposal.state == ProposalState.PROPOSED,
            PlanProposal.made_at > since,
        )
        .order_by(PlanProposal.id.desc())
    ).all()
    return [WaitingProposal(proposal, _list_changes(session, proposal)) for proposal in proposals]


def _list_changes(session: Session, proposal: PlanProposal) -> list[ChangeOfHands]:
    shift_ids = {change[side] for change in proposal.changes for side in ("from_shift", "to_shift")}
    shifts = session.scalars(select(Shift).where(Shift.id.in_(shift_ids)).options(joinedload(Shift.technician))).all()
    visit_ids = [change["visit"] for change in proposal.changes]
    visits = session.scalars(select(Visit).where(Visit.id.in_(visit_ids)).options(joinedload(Visit.request))).all()
    technician_of = {shift.id: shift.technician for shift in shifts}
    visit_of = {visit.id: visit for visit in visits}
    return [
        ChangeOfHands(visit_of[change["visit"]], technician_of[change["from_shift"]], technician_of[change["to_shift"]])
        for change in proposal.changes
        if change["visit"] in visit_of
    ]
