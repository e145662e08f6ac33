"""Guided remote diagnosis: which faults a product can have, and what to try before a visit (H4)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import FaultCategory, TroubleshootingStep

MOST_FAULTS = 5


def list_faults(session: Session, *, family: str) -> Sequence[FaultCategory]:
    """Return the faults a caller can choose for a product family, at most five, in the order of the menu."""
    return session.scalars(
        select(FaultCategory).where(FaultCategory.family == family).order_by(FaultCategory.position).limit(MOST_FAULTS)
    ).all()


def list_steps(session: Session, *, fault_category_id: int) -> Sequence[TroubleshootingStep]:
    """Return what to try for a fault, in order."""
    return session.scalars(
        select(TroubleshootingStep)
        .where(TroubleshootingStep.fault_category_id == fault_category_id)
        .order_by(TroubleshootingStep.position)
    ).all()
