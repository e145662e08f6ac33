"""Questions people often ask, and what the office wants them to hear (H7)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CommonQuestion

MOST_QUESTIONS = 4


def list_questions(session: Session, *, family: str) -> Sequence[CommonQuestion]:
    """Return the questions a caller can choose for a product family, at most four, in the order of the menu."""
    return session.scalars(
        select(CommonQuestion)
        .where(CommonQuestion.family == family)
        .order_by(CommonQuestion.position)
        .limit(MOST_QUESTIONS)
    ).all()
