"""Where we serve: planning areas and the territories in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, id_column


class Area(Base):
    """A planning area: one live plan, one night roster; usually a city."""

    __tablename__ = "areas"
    id: Mapped[id_column]
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    time_zone: Mapped[str] = mapped_column(String(64))


class Territory(Base):
    """A group of districts that some technicians serve.

    `outline` holds the corners of its border as [latitude, longitude], where somebody has drawn it.
    """

    __tablename__ = "territories"
    id: Mapped[id_column]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"), index=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    districts: Mapped[list[Any]]
    outline: Mapped[list[Any] | None]

    area: Mapped[Area] = relationship()
