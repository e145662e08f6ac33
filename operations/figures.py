"""Which figures are in force at an instant."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import PolicyVersion
from policies.figures import DEFAULT_FIGURES, DEFAULT_VERSION, Figures, read_figures


def figures_at(session: Session, at: dt.datetime) -> Figures:
    """Return the figures in force at `at`; the defaults while no version has been approved."""
    return versioned_figures_at(session, at)[1]


def versioned_figures_at(session: Session, at: dt.datetime) -> tuple[int, Figures]:
    """Return the version number (0 for the defaults) and the figures in force at `at`."""
    # Asked several times in one transaction, always for its one instant; a version approved meanwhile waits.
    known: dict[dt.datetime, tuple[int, Figures]] = session.info.setdefault("figures", {})
    if at not in known:
        known[at] = _read(session, at)
    return known[at]


def _read(session: Session, at: dt.datetime) -> tuple[int, Figures]:
    version = session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.in_force_from_at <= at)
        .order_by(PolicyVersion.in_force_from_at.desc())
        .limit(1)
    ).first()
    if version is None:
        return DEFAULT_VERSION, DEFAULT_FIGURES
    return version.id, read_figures(version.figures)
