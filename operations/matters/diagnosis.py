"""Which faults a product can have (H4); what to try before a visit stands in the guides."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import FaultCategory
from policies.request_kinds import RequestKind

MOST_FAULTS = 5


def list_faults(session: Session, *, family: str) -> Sequence[FaultCategory]:
    """Return the faults a caller can choose for a product family, at most five, in the order of the menu."""
    return session.scalars(_offered(family, RequestKind.REPAIR).limit(MOST_FAULTS)).all()


def list_desk_choices(session: Session, *, family: str) -> Sequence[FaultCategory]:
    """Return what the desk can write down for a product family: the faults of the menu, then installations (V8)."""
    return [
        *list_faults(session, family=family),
        *session.scalars(_offered(family, RequestKind.INSTALLATION)),
    ]


def _offered(family: str, kind: RequestKind) -> Select[FaultCategory]:
    return (
        select(FaultCategory)
        .where(FaultCategory.family == family, FaultCategory.kind == kind, FaultCategory.is_active.is_(True))
        .order_by(FaultCategory.position)
    )
