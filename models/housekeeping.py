"""Rows that keep the machinery honest: claims, runs, policy versions, the change sequence."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, id_column


class WebhookClaim(Base):
    """One webhook taken in once; a repeat gets the stored answer (DESIGN rule 4)."""

    __tablename__ = "webhook_claims"
    __table_args__ = (UniqueConstraint("source", "key"),)
    id: Mapped[id_column]
    source: Mapped[str] = mapped_column(String(24))
    key: Mapped[str] = mapped_column(String(160))
    answer: Mapped[str] = mapped_column(Text)
    claimed_at: Mapped[dt.datetime]


class JobRun(Base):
    """The last run of one clock job. A clock claims a run by moving `due_at` forward, so two clocks do no harm."""

    __tablename__ = "job_runs"
    job: Mapped[str] = mapped_column(String(48), primary_key=True)
    due_at: Mapped[dt.datetime]
    claimed_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


class PolicyVersion(Base):
    """The figures of all promises, in force from an instant; a later version never rewrites history."""

    __tablename__ = "policy_versions"
    id: Mapped[id_column]
    in_force_from_at: Mapped[dt.datetime] = mapped_column(unique=True)
    figures: Mapped[dict[str, Any]]
    approved_by: Mapped[str] = mapped_column(String(80))


class Change(Base):
    """The change sequence: pages poll its last number per topic instead of the tables (DESIGN, live pages)."""

    __tablename__ = "changes"
    topic: Mapped[str] = mapped_column(String(60), primary_key=True)
    number: Mapped[int]
    changed_at: Mapped[dt.datetime]
