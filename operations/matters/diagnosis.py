"""Which faults a product can have (H4); what to try before a visit stands in the guides."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import FaultCategory

MOST_FAULTS = 5


def list_faults(session: Session, *, family: str) -> Sequence[FaultCategory]:
    """Return the faults a caller can choose for a product family, at most five, in the order of the menu."""
    offered = select(FaultCategory).where(FaultCategory.family == family, FaultCategory.is_active.is_(True))
    return session.scalars(offered.order_by(FaultCategory.position).limit(MOST_FAULTS)).all()
