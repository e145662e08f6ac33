"""Codes of visits, which are fewer than a large organisation's visits in a year: given out again after a long rest."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Visit
from policies.request_numbers import Draws, draw_visit_code
from policies.visit_states import ENDED

CODE_TRIES = 50
CODE_RESTS_VISITS = 100_000
"""So many visits are drafted after one that has ended before its code goes to another: nobody texts it any more."""


class NoFreeVisitCode(RuntimeError):
    """Fifty drawn visit codes were all taken: too many visits are open at once for four characters."""


def draw_free_code(session: Session, *, draws: Draws) -> str:
    """Return a code that no visit has. Raises NoFreeVisitCode."""
    for _ in range(CODE_TRIES):
        code = draw_visit_code(draws)
        holder = session.scalars(select(Visit).where(Visit.code == code)).one_or_none()
        if holder is None or _give_back_code(session, holder):
            return code
    raise NoFreeVisitCode


def _give_back_code(session: Session, holder: Visit) -> bool:
    """Take the code from a visit that ended long ago; it is found under that and a number of its own then."""
    newest_id = session.scalar(select(func.max(Visit.id))) or 0
    if holder.state not in ENDED or newest_id - holder.id < CODE_RESTS_VISITS:
        return False
    holder.code = f"{holder.code}-{holder.id}"
    session.flush()
    return True
