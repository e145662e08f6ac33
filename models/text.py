"""Texts of the organisation's own, in versions, in place of those that come with the product."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Word, id_column
from policies.texts import LONGEST_OWN_TEXT, TextKind


class TextVersion(Base):
    """What one text says in both languages from an instant on. Without `text` it is the one of the product again."""

    __tablename__ = "text_versions"
    __table_args__ = (
        UniqueConstraint("kind", "name", "version"),
        Index("ix_text_versions_kind_name_from", "kind", "name", "in_force_from_at"),
    )
    id: Mapped[id_column]
    kind: Mapped[TextKind] = mapped_column(Word(TextKind))
    name: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    text: Mapped[str | None] = mapped_column(String(LONGEST_OWN_TEXT))
    text_en: Mapped[str | None] = mapped_column(String(LONGEST_OWN_TEXT))
    in_force_from_at: Mapped[dt.datetime]
    approved_by: Mapped[str] = mapped_column(String(80))
    approved_at: Mapped[dt.datetime]
