"""The knowledge base: what callers are told, in versions, and whether it helped them (H4, H7)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from policies.guides import GuideKind


class Guide(Base):
    """One version of what callers are told about a subject. A draft has no `in_force_from_at`; a version never changes.

    The subject is a fault's code or, for common questions, a product family (`about`), and the model it is for
    (`model_code`, empty for the whole family).
    """

    __tablename__ = "guides"
    __table_args__ = (UniqueConstraint("kind", "about", "model_code", "version"),)
    id: Mapped[id_column]
    kind: Mapped[GuideKind] = mapped_column(Word(GuideKind))
    about: Mapped[str] = mapped_column(String(40))
    model_code: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int]
    in_force_from_at: Mapped[dt.datetime | None]
    written_at: Mapped[dt.datetime]
    written_by: Mapped[str] = mapped_column(String(80))
    released_by: Mapped[str | None] = mapped_column(String(80))

    entries: Mapped[list[GuideEntry]] = relationship(
        order_by="GuideEntry.position", cascade="all, delete-orphan", back_populates="guide"
    )


class GuideEntry(Base):
    """One thing to try, or one question (`title`) with its answer, as it is spoken in each language."""

    __tablename__ = "guide_entries"
    __table_args__ = (UniqueConstraint("guide_id", "position"),)
    id: Mapped[id_column]
    guide_id: Mapped[int] = mapped_column(BigId, ForeignKey("guides.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(80), default="")
    title_en: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[str] = mapped_column(String(300))
    text_en: Mapped[str] = mapped_column(String(300))

    guide: Mapped[Guide] = relationship(back_populates="entries")


class HeardEntry(Base):
    """A caller heard an entry and said whether it solved the matter; the last word of a call counts."""

    __tablename__ = "heard_entries"
    __table_args__ = (UniqueConstraint("entry_id", "call_id"), Index("ix_heard_entries_heard_at", "heard_at"))
    id: Mapped[id_column]
    entry_id: Mapped[int] = mapped_column(BigId, ForeignKey("guide_entries.id"))
    call_id: Mapped[int] = mapped_column(BigId, ForeignKey("calls.id"), index=True)
    is_solved: Mapped[bool]
    heard_at: Mapped[dt.datetime]
