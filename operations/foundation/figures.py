"""Which figures are in force at an instant."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import PolicyVersion
from operations.foundation.memory import RULES, remember
from policies.figures import DEFAULT_FIGURES, DEFAULT_VERSION, Figures, read_figures


def figures_at(session: Session, at: dt.datetime) -> Figures:
    """Return the figures in force at `at`; the defaults while no version has been approved."""
    return versioned_figures_at(session, at)[1]


def versioned_figures_at(session: Session, at: dt.datetime) -> tuple[int, Figures]:
    """Return the version number (0 for the defaults) and the figures in force at `at`."""
    versions = remember(session, topic=RULES, key="figures", read=lambda: _read_versions(session))
    in_force = [(number, figures) for from_at, number, figures in versions if from_at <= at]
    return in_force[-1] if in_force else (DEFAULT_VERSION, DEFAULT_FIGURES)


def _read_versions(session: Session) -> list[tuple[dt.datetime, int, Figures]]:
    """Return every version, the oldest first."""
    rows = session.execute(
        select(PolicyVersion.in_force_from_at, PolicyVersion.id, PolicyVersion.figures).order_by(
            PolicyVersion.in_force_from_at
        )
    )
    return [(from_at, number, read_figures(figures)) for from_at, number, figures in rows]
